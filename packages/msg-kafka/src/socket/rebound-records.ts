import { encodeBatch, readBatches, readRecords, type KafkaRecord } from '../protocol/index.ts'
import type { TokenBindings } from './token-bind.ts'

/**
 * The records of a partition with the values of this run in keys, values and headers. Batches in which one is found are made
 * anew, compressed as they were and with their checksum; the others stay as they are.
 */
export function reboundRecords(records: Uint8Array, bindings: TokenBindings): Uint8Array {
  if (bindings.size === 0) return records
  let changed = false
  const batches = [...readBatches(records)].map((batch) => {
    // Batches of the formats 0 and 1 are left alone.
    if (batch.magic !== 2) return batch.bytes
    const before = readRecords(batch)
    let differs = false
    const rebound = (bytes: Uint8Array | null): Uint8Array | null => {
      const other = bytes && bindings.bytesToNow(bytes)
      if (other !== bytes) differs = true
      return other
    }
    const after = before.map((record): KafkaRecord => ({
      ...record,
      key: rebound(record.key),
      value: rebound(record.value),
      headers: record.headers.map(({ key, value }) => ({ key, value: rebound(value) })),
    }))
    if (!differs) return batch.bytes
    changed = true
    return encodeBatch(batch, after)
  })
  return changed ? Buffer.concat(batches) : records
}
