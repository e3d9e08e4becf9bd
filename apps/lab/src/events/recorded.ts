import { hash } from 'node:crypto'
import type { Driver, JsonObject } from '@x07-lab/msg-core'
import {
  decodeEntry,
  decodeRecord,
  endpointOf,
  messagingKind,
  wires,
  type CassetteReader,
  type Entry,
} from '@x07-lab/msg-core/format'
import type { EventSource } from './event.ts'

/**
 * The messages that a recorded run published, for a replay that has no other input: those of a person's own file, or of a
 * cassette made by another program. Each message once, however often it was tried, in the order in which they were published.
 *
 * @param driver says which wire and endpoint are played
 * @param inputs what the recorded report said of the input, if anything
 */
export function recordedEvents(
  cassette: CassetteReader,
  driver: Pick<Driver, 'wire' | 'endpoint'>,
  inputs: JsonObject,
): EventSource {
  return {
    total: undefined,
    describe: () => inputs,
    *envelopes() {
      /** Attempts that the broker did not take, by the hash of the message: the next one of the same is the same message. */
      const failed = new Map<string, number>()
      for (const { req, err, resp } of published(cassette, driver)) {
        const digest = hash('sha256', req, 'base64')
        const before = failed.get(digest) ?? 0
        if (before === 0) yield req
        const attempts = (before === 0 ? 0 : before - 1) + (err === 0 && isConfirmed(resp) ? 0 : 1)
        if (attempts === 0) failed.delete(digest)
        else failed.set(digest, attempts)
      }
    },
  }
}

/** Publishes in the order of their calls, where the cassette says when they began; else in the order of the file. */
function* published(cassette: CassetteReader, { wire, endpoint }: Pick<Driver, 'wire' | 'endpoint'>): Generator<Entry> {
  const { publishOp } = wires[wire]
  const lanes = new Set<number>()
  for (const { id, kind, op, key } of cassette.lanes.values()) {
    if (textOf(kind) === messagingKind && textOf(op) === publishOp && endpointOf(textOf(key)) === endpoint)
      lanes.add(id)
  }
  let entries = new Uint32Array(cassette.count)
  let count = 0
  for (let entry = 0; entry < cassette.count; entry++) if (lanes.has(cassette.lane(entry))) entries[count++] = entry
  entries = entries.subarray(0, count)
  const begin = (entry: number): number => cassette.begin(entry) ?? Number.NaN
  if (count > 0 && !Number.isNaN(begin(entries[0] ?? 0))) entries.sort((a, b) => begin(a) - begin(b))
  for (const entry of entries) yield decodeEntry(cassette.entry(entry))
}

function isConfirmed(resp: Uint8Array): boolean {
  try {
    return decodeRecord(resp).ackTag !== 2
  } catch {
    // An answer of somebody else's making.
    return true
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
