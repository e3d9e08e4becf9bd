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

/** A result of the recorded run. It lies in the cassette until it is read: of somebody else's cassette it may be large. */
export interface RecordedResult {
  readonly bytes: number
  readonly parts: () => Iterable<Uint8Array>
}

export type RecordedResults = Partial<Record<ArtefactName, RecordedResult>>

/** The recorded results; undefined where the cassette has none (X07's own, or a run that failed). */
export function readResults(cassette: CassetteReader): RecordedResults | undefined {
  const found: RecordedResults = {}
  for (const name of artefactNames) {
    const lane = cassette.lanes.find(Buffer.from(messagingKind), Buffer.from(resultOp), Buffer.from(name))
    if (lane < 0) continue
    const parts = (): Iterable<Uint8Array> => responses(cassette, lane)
    let bytes = 0
    for (const part of parts()) bytes += part.length
    found[name] = { bytes, parts }
  }
  return Object.keys(found).length === 0 ? undefined : found
}

function* responses(cassette: CassetteReader, lane: number): Generator<Uint8Array> {
  for (let entry = cassette.peek(lane); entry !== undefined; entry = cassette.nextInLane(entry)) {
    yield decodeEntry(cassette.entry(entry)).resp
  }
}

/** A result whole; undefined where it is longer than `maxBytes`. */
export function wholeResult({ bytes, parts }: RecordedResult, maxBytes: number): Uint8Array | undefined {
  return bytes > maxBytes ? undefined : Buffer.concat([...parts()])
}
