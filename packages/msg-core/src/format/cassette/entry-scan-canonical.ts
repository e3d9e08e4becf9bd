import { readU32 } from '../data-model/u32.ts'
import { KIND_MAP, KIND_NUMBER, KIND_STRING, DOCUMENT_OK } from '../data-model/value.ts'
import { parseU32 } from './entry-number.ts'
import type { EntryScan } from './entry-scan-result.ts'
import type { RrLimits } from './limits.ts'

// Names as the bytes that stand before a value: u32 length, name, then as much of the value's kind as fills a word.
const LENGTH_1 = 1
const LENGTH_2 = 2
const LENGTH_3 = 3
const LENGTH_4 = 4
const LENGTH_13 = 13
const ERR_NUMBER = 0x00727265 | (KIND_NUMBER << 24)
const KEY_STRING = 0x0079656b | (KIND_STRING << 24)
const REQ_STRING = 0x00716572 | (KIND_STRING << 24)
const SEQ_NUMBER = 0x00716573 | (KIND_NUMBER << 24)
const NAME_KIND = 0x646e696b
const NAME_RESP = 0x70736572

/** The six required fields with empty texts. */
const SHORTEST_BYTES = 79

/**
 * The entry check for the entries that writers really write: known fields only, in order, right kinds, within budgets.
 * Fills `scan` and gives true; false for anything else, good or bad, which the full check then judges. Here to be fast:
 * one straight run over the bytes, no names looked up, nothing compared with a field before.
 */
export function scanCanonical(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: RrLimits,
  scan: EntryScan,
): boolean {
  if (end - start < SHORTEST_BYTES || bytes[start] !== DOCUMENT_OK || bytes[start + 1] !== KIND_MAP) return false
  let fields = readU32(bytes, start + 2) - 6
  let at = start + 6

  if (readU32(bytes, at) !== LENGTH_3 || word(bytes, at + 4) !== ERR_NUMBER) return false
  let length = readU32(bytes, at + 8)
  at += 12
  if (length > end - at) return false
  scan.errAt = at
  scan.errLength = length
  at += length

  if (end - at < 12 || readU32(bytes, at) !== LENGTH_3 || word(bytes, at + 4) !== KEY_STRING) return false
  length = readU32(bytes, at + 8)
  at += 12
  if (length > end - at || length > limits.maxKeyBytes) return false
  scan.keyAt = at
  scan.keyLength = length
  at += length

  if (end - at < 13 || readU32(bytes, at) !== LENGTH_4 || readU32(bytes, at + 4) !== NAME_KIND) return false
  if (bytes[at + 8] !== KIND_STRING) return false
  length = readU32(bytes, at + 9)
  at += 13
  if (length > end - at) return false
  scan.kindAt = at
  scan.kindLength = length
  at += length

  scan.latencyAt = -1
  scan.latencyTicks = 0
  if (end - at > 22 && readU32(bytes, at) === LENGTH_13 && isLatencyTicks(bytes, at + 4)) {
    if (bytes[at + 17] !== KIND_NUMBER) return false
    length = readU32(bytes, at + 18)
    at += 22
    if (length > end - at) return false
    const ticks = parseU32(bytes, at, length)
    if (ticks < 0) return false
    scan.latencyAt = at
    scan.latencyTicks = ticks
    at += length
    fields--
  }

  if (end - at < 11 || readU32(bytes, at) !== LENGTH_2 || bytes[at + 4] !== 0x6f || bytes[at + 5] !== 0x70) return false
  if (bytes[at + 6] !== KIND_STRING) return false
  length = readU32(bytes, at + 7)
  at += 11
  if (length > end - at) return false
  scan.opAt = at
  scan.opLength = length
  at += length

  if (end - at < 12 || readU32(bytes, at) !== LENGTH_3 || word(bytes, at + 4) !== REQ_STRING) return false
  length = readU32(bytes, at + 8)
  at += 12
  if (length > end - at || length > limits.maxReqBytes) return false
  scan.reqAt = at
  scan.reqLength = length
  at += length

  if (end - at < 13 || readU32(bytes, at) !== LENGTH_4 || readU32(bytes, at + 4) !== NAME_RESP) return false
  if (bytes[at + 8] !== KIND_STRING) return false
  length = readU32(bytes, at + 9)
  at += 13
  if (length > end - at || length > limits.maxRespBytes) return false
  scan.respAt = at
  scan.respLength = length
  at += length

  scan.seqAt = -1
  if (end - at >= 12 && readU32(bytes, at) === LENGTH_3) {
    if (word(bytes, at + 4) !== SEQ_NUMBER) return false
    length = readU32(bytes, at + 8)
    at += 12
    if (length > end - at) return false
    scan.seqAt = at
    scan.seqLength = length
    at += length
    fields--
  }

  scan.vAt = -1
  if (end - at >= 10 && readU32(bytes, at) === LENGTH_1) {
    if (bytes[at + 4] !== 0x76 || bytes[at + 5] !== KIND_NUMBER) return false
    length = readU32(bytes, at + 6)
    at += 10
    if (length > end - at) return false
    scan.vAt = at
    scan.vLength = length
    at += length
    fields--
  }
  return at === end && fields === 0
}

// Signed: constants above are written the same way, and no value is read from it.
function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** Whether the 13 bytes at `at` are `latency_ticks`; the caller has checked that they are there. */
export function isLatencyTicks(bytes: Uint8Array, at: number): boolean {
  return (
    readU32(bytes, at) === 0x6574616c &&
    readU32(bytes, at + 4) === 0x5f79636e &&
    readU32(bytes, at + 8) === 0x6b636974 &&
    bytes[at + 12] === 0x73
  )
}
