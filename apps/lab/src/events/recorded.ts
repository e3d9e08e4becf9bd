import { decodeEnvelope, type Driver, type JsonObject } from '@x07-lab/msg-core'
import { decodeEntry, endpointOf, messagingKind, wires, type CassetteReader } from '@x07-lab/msg-core/format'
import type { EventSource } from './event.ts'

/**
 * The messages that a recorded run published, for a replay that has no other input: those of a person's own file, or of a
 * cassette made by another program. Each message once, however often it was tried, in the order of its number.
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
      // Entries stand in the order of their confirms; a number that comes early waits for those before it.
      const early = new Map<number, Uint8Array>()
      let wanted = 0
      for (const envelope of published(cassette, driver)) {
        const n = numberOf(envelope)
        if (n === undefined) {
          yield envelope
          continue
        }
        if (n >= wanted) early.set(n, envelope)
        for (let next = early.get(wanted); next !== undefined; next = early.get(wanted)) {
          early.delete(wanted++)
          yield next
        }
      }
      for (const [, envelope] of [...early].sort(([a], [b]) => a - b)) yield envelope
    },
  }
}

function* published(
  cassette: CassetteReader,
  { wire, endpoint }: Pick<Driver, 'wire' | 'endpoint'>,
): Generator<Uint8Array> {
  const { publishOp } = wires[wire]
  const lanes = new Set<number>()
  for (const { id, kind, op, key } of cassette.lanes.values()) {
    if (textOf(kind) === messagingKind && textOf(op) === publishOp && endpointOf(textOf(key)) === endpoint)
      lanes.add(id)
  }
  for (let entry = 0; entry < cassette.count; entry++) {
    if (lanes.has(cassette.lane(entry))) yield decodeEntry(cassette.entry(entry)).req
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

/** The running number in the message id, undefined where the message is no one of this program's. */
function numberOf(envelope: Uint8Array): number | undefined {
  try {
    const header = decodeEnvelope(envelope).headers.find(([name]) => name === 'message-id')
    return typeof header?.[1] === 'string' && /^(?:0|[1-9]\d{0,14})$/.test(header[1]) ? Number(header[1]) : undefined
  } catch {
    return undefined
  }
}
