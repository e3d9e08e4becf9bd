/** Which kind of entry an operation records; the first row that fits decides. */
const KINDS: readonly (readonly [kind: string, fits: (op: string) => boolean])[] = [
  ['rr', (op) => op.startsWith('std.rr.') || op === 'std.stream.src.rr_send_v1'],
  ['rr', (op) => op.startsWith('std.msg.') || op.startsWith('std.crawl.')],
  ['http', (op) => op.startsWith('std.net.http.')],
  ['process', (op) => op.startsWith('std.os.process.')],
  ['tcp_stream', (op) => op.startsWith('std.net.tcp.') || op.startsWith('std.net.tls.')],
  ['file', (op) => op.startsWith('std.fs.') || op.startsWith('std.os.fs.')],
]

/** The kind of an operation, or undefined where no operation of that name can be recorded. */
export function kindOfOp(op: string): string | undefined {
  return KINDS.find(([, fits]) => fits(op))?.[0]
}
