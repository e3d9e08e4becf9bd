import { join } from 'node:path'
import { encodeEntry, encodeRecord, openWriter } from '@x07-lab/msg-core/format'
import { labTopic } from 'lab/src/contracts.ts'
import { seededEvents } from 'lab/src/events/seeded.ts'
import { lane } from './lane.ts'

/** Writes the cassette as X07 would have recorded it: no latencies, so that nobody waits. */
export async function writeLane(root: string): Promise<void> {
  const { kind, op, key, entries } = lane
  const endpoint = Buffer.from(key)
  const ack = Buffer.from('OK')
  using writer = openWriter(join(root, '.x07_rr', lane.cassette), { flush: 'turn' })
  for await (const envelope of seededEvents({ topic: labTopic, messages: entries, seed: 1 }).envelopes()) {
    const resp = encodeRecord({ opTag: 1, driverKind: 2, endpoint, envelope, ackTag: 1, ack })
    writer.append(encodeEntry({ kind, op, key, req: envelope, resp, err: 0 }))
  }
}
