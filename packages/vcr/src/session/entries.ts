import type { EntryFields } from '@x07-lab/msg-core/format'

/** Entry `kind` of what is recorded at the socket. */
export const entryKind = 'rr'

/** A signal that reached the program, at its place in the order; `key` is its name. */
export const signalOp = 'std.os.process.signal_v1'

const nothing = new Uint8Array(0)

export function signalEntry(signal: string, latencyTicks: number): EntryFields {
  return { kind: 'process', op: signalOp, key: signal, req: nothing, resp: nothing, err: 0, latencyTicks }
}
