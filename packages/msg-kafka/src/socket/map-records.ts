import { encodeBatch, readBatches, readRecords, type KafkaRecord } from '../protocol/index.ts'

/**
 * The records of a partition, each put through a function. Batches in which it gives another record than it got are made anew,
 * compressed as they were and with their checksum; the others stay as they are, and so does everything where there is none.
 * Batches of the formats 0 and 1 are left alone.
 */
export function mapRecords(records: Uint8Array, map: (record: KafkaRecord) => KafkaRecord): Uint8Array {
  let changed = false
  const batches = [...readBatches(records)].map((batch) => {
    if (batch.magic !== 2) return batch.bytes
    const before = readRecords(batch)
    const after = before.map(map)
    if (after.every((record, at) => record === before[at])) return batch.bytes
    changed = true
    return encodeBatch(batch, after)
  })
  return changed ? Buffer.concat(batches) : records
}
