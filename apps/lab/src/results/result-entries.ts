import { decodeEntry, messagingKind, type CassetteReader, type EntryFields } from '@x07-lab/msg-core/format'
import type { RecordingSink } from '@x07-lab/msg-core/driver'
import { artefactNames, type ArtefactName, type Artefacts } from './artefacts.ts'

/** Entries that hold the results of the recorded run: key is the artefact's name, response its bytes. */
export const resultOp = 'std.msg.lab.result_v1'

/** A larger artefact stands in several entries, one after the other: each within the budget of a response. */
const maxPartBytes = 1_048_576
const none = new Uint8Array(0)

/** Appends the results of a run. */
export function appendResults(sink: RecordingSink, artefacts: Artefacts): void {
  for (const name of artefactNames) {
    const bytes = artefacts[name]
    for (let start = 0; start === 0 || start < bytes.length; start += maxPartBytes) {
      appendOwn(sink, { op: resultOp, key: name, resp: bytes.subarray(start, start + maxPartBytes) })
    }
  }
}

/** Appends an entry of the lab's own, begun and ended at once. */
export function appendOwn(sink: RecordingSink, fields: Pick<EntryFields, 'op' | 'key' | 'resp'>): void {
  sink.appendEntry({ kind: messagingKind, ...fields, req: none, err: 0, seq: sink.begin() })
}

/** The recorded results; undefined where the cassette has none (X07's own, or a run that failed). */
export function readResults(cassette: CassetteReader): Partial<Record<ArtefactName, Uint8Array>> | undefined {
  const found: Partial<Record<ArtefactName, Uint8Array>> = {}
  for (const name of artefactNames) {
    const bytes = readLane(cassette, resultOp, name)
    if (bytes !== undefined) found[name] = bytes
  }
  return Object.keys(found).length === 0 ? undefined : found
}

/** The joined responses of a lane of the lab's own, undefined where it is not there. */
export function readLane(cassette: CassetteReader, op: string, key: string): Uint8Array | undefined {
  const lane = cassette.lanes.find(Buffer.from(messagingKind), Buffer.from(op), Buffer.from(key))
  if (lane < 0) return undefined
  const parts: Uint8Array[] = []
  let entry = cassette.peek(lane)
  while (entry !== undefined) {
    parts.push(decodeEntry(cassette.entry(entry)).resp)
    entry = cassette.nextInLane(entry)
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts)
}
