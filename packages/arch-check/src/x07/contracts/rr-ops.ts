/** Which kind of entry operations record, by how they begin. */
const KINDS = [
  { prefix: 'std.rr.', kind: 'rr' },
  { prefix: 'std.msg.', kind: 'rr' },
  { prefix: 'std.crawl.', kind: 'rr' },
  { prefix: 'std.net.http.', kind: 'http' },
  { prefix: 'std.os.process.', kind: 'process' },
  { prefix: 'std.net.tcp.', kind: 'tcp_stream' },
  { prefix: 'std.net.tls.', kind: 'tcp_stream' },
  { prefix: 'std.fs.', kind: 'file' },
  { prefix: 'std.os.fs.', kind: 'file' },
]

/** The kind of an operation, or undefined where no operation of that name can be recorded. */
export function kindOfOp(op: string): string | undefined {
  for (const { prefix, kind } of KINDS) if (op.startsWith(prefix)) return kind
  return op === 'std.stream.src.rr_send_v1' ? 'rr' : undefined
}
