import { mapRecords } from './map-records.ts'
import type { TokenBindings } from './token-bind.ts'

/** The records of a partition with the values of this run in keys, values and headers. */
export function reboundRecords(records: Uint8Array, bindings: TokenBindings): Uint8Array {
  if (bindings.size === 0) return records
  return mapRecords(records, (record) => {
    let differs = false
    const rebound = (bytes: Uint8Array | null): Uint8Array | null => {
      const other = bytes && bindings.bytesToNow(bytes)
      if (other !== bytes) differs = true
      return other
    }
    const [key, value] = [rebound(record.key), rebound(record.value)]
    const headers = record.headers.map((header) => ({ key: header.key, value: rebound(header.value) }))
    return differs ? { ...record, key, value, headers } : record
  })
}
