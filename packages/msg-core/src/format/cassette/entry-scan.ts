import { MALFORMED, skipBytes, skipValue } from '../data-model/skip.ts'
import { readU32 } from '../data-model/u32.ts'
import { DOCUMENT_OK, KIND_MAP, KIND_NUMBER, KIND_STRING } from '../data-model/value.ts'
import { parseU32 } from './entry-number.ts'
import { isLatencyTicks, scanCanonical } from './entry-scan-canonical.ts'
import type { EntryScan } from './entry-scan-result.ts'
import type { RrLimits } from './limits.ts'

/** Outcome of a scan: 0 where the entry is good, else the error number. */
export type ScanCode = 0 | 2005 | 2006 | 2007 | 2008

// Known names by their rank in byte order, so that the order check compares ranks and touches bytes for strangers only.
const ERR = 1
const KEY = 2
const KIND = 3
const LATENCY_TICKS = 4
const OP = 5
const REQ = 6
const RESP = 7
const SEQ = 8
const V = 9
const UNKNOWN = 0

/**
 * Checks the entry document in `bytes[start, end)` and notes where its fields are. Checks run in the order of the bytes
 * and the first that fails decides the code, which is X07's for every input:
 *
 * 1. document ok, root a map, its count there: 2008;
 * 2. for each field: name within the document and above the one before, value well formed and at most 64 levels deep,
 *    the value's kind as the name asks, all 2008; `key`, `req`, `resp` within `limits`: 2007, 2005, 2006;
 *    `latency_ticks` a non-empty run of digits up to 4294967295: 2008;
 * 3. no bytes after the map, no required field missing: 2008.
 *
 * `err` is only asked to be a number, `seq` and `v` are not looked at.
 */
export function scanEntry(bytes: Uint8Array, start: number, end: number, limits: RrLimits, scan: EntryScan): ScanCode {
  return scanCanonical(bytes, start, end, limits, scan) ? 0 : scanAny(bytes, start, end, limits, scan)
}

function scanAny(bytes: Uint8Array, start: number, end: number, limits: RrLimits, scan: EntryScan): ScanCode {
  if (end - start < 6 || bytes[start] !== DOCUMENT_OK || bytes[start + 1] !== KIND_MAP) {
    return fail(scan, start, 'not an ok document with a map in it')
  }
  reset(scan)
  const count = readU32(bytes, start + 2)
  let at = start + 6
  let previousAt = -1
  let previousLength = 0
  let previousField = UNKNOWN
  for (let index = 0; index < count; index++) {
    const nameAt = at + 4
    const valueAt = skipBytes(bytes, at, end)
    if (valueAt === MALFORMED) return fail(scan, at, 'a field name runs past the end')
    const nameLength = valueAt - nameAt
    const field = fieldOf(bytes, nameAt, nameLength)
    if (previousAt >= 0) {
      const ascending =
        field !== UNKNOWN && previousField !== UNKNOWN
          ? field > previousField
          : isAscending(bytes, previousAt, previousLength, nameAt, nameLength)
      if (!ascending) return fail(scan, at, 'field names are not strictly ascending')
    }
    previousAt = nameAt
    previousLength = nameLength
    previousField = field

    const kind = bytes[valueAt]
    if (valueAt < end && (kind === KIND_STRING || kind === KIND_NUMBER)) {
      at = skipBytes(bytes, valueAt + 1, end)
    } else {
      at = skipValue(bytes, valueAt, end)
    }
    if (at === MALFORMED) return fail(scan, valueAt, 'a value is malformed or nests deeper than 64 levels')
    const textAt = valueAt + 5
    const textLength = at - textAt
    switch (field) {
      case KIND:
        if (kind !== KIND_STRING) return fail(scan, valueAt, 'kind is not a string')
        scan.kindAt = textAt
        scan.kindLength = textLength
        break
      case OP:
        if (kind !== KIND_STRING) return fail(scan, valueAt, 'op is not a string')
        scan.opAt = textAt
        scan.opLength = textLength
        break
      case KEY:
        if (kind !== KIND_STRING) return fail(scan, valueAt, 'key is not a string')
        if (textLength > limits.maxKeyBytes) {
          return exceed(scan, 2007, valueAt, 'key', textLength, 'max_key_bytes', limits.maxKeyBytes)
        }
        scan.keyAt = textAt
        scan.keyLength = textLength
        break
      case REQ:
        if (kind !== KIND_STRING) return fail(scan, valueAt, 'req is not a string')
        if (textLength > limits.maxReqBytes) {
          return exceed(scan, 2005, valueAt, 'req', textLength, 'max_req_bytes', limits.maxReqBytes)
        }
        scan.reqAt = textAt
        scan.reqLength = textLength
        break
      case RESP:
        if (kind !== KIND_STRING) return fail(scan, valueAt, 'resp is not a string')
        if (textLength > limits.maxRespBytes) {
          return exceed(scan, 2006, valueAt, 'resp', textLength, 'max_resp_bytes', limits.maxRespBytes)
        }
        scan.respAt = textAt
        scan.respLength = textLength
        break
      case ERR:
        if (kind !== KIND_NUMBER) return fail(scan, valueAt, 'err is not a number')
        scan.errAt = textAt
        scan.errLength = textLength
        break
      case LATENCY_TICKS: {
        const ticks = kind === KIND_NUMBER ? parseU32(bytes, textAt, textLength) : -1
        if (ticks < 0) return fail(scan, valueAt, 'latency_ticks is not a number from 0 to 4294967295')
        scan.latencyAt = textAt
        scan.latencyTicks = ticks
        break
      }
      case SEQ:
        if (kind === KIND_NUMBER) {
          scan.seqAt = textAt
          scan.seqLength = textLength
        }
        break
      case V:
        scan.vAt = textAt
        scan.vLength = kind === KIND_NUMBER ? textLength : 0
        break
      default:
        break
    }
  }
  if (at !== end) return fail(scan, at, 'bytes follow the map')
  const missing = missingField(scan)
  return missing === undefined ? 0 : fail(scan, start, `required field ${missing} is missing`)
}

function reset(scan: EntryScan): void {
  scan.kindAt = scan.opAt = scan.keyAt = scan.reqAt = scan.respAt = scan.errAt = -1
  scan.latencyAt = scan.seqAt = scan.vAt = -1
  scan.latencyTicks = 0
}

function missingField(scan: EntryScan): string | undefined {
  if (scan.errAt < 0) return 'err'
  if (scan.keyAt < 0) return 'key'
  if (scan.kindAt < 0) return 'kind'
  if (scan.opAt < 0) return 'op'
  if (scan.reqAt < 0) return 'req'
  if (scan.respAt < 0) return 'resp'
  return undefined
}

function fail(scan: EntryScan, at: number, problem: string): 2008 {
  scan.failedAt = at
  scan.problem = problem
  return 2008
}

function exceed<Code extends ScanCode>(
  scan: EntryScan,
  code: Code,
  at: number,
  field: string,
  length: number,
  budget: string,
  limit: number,
): Code {
  scan.failedAt = at
  scan.problem = `${field} is ${length} bytes, more than ${budget} ${limit}`
  return code
}

function fieldOf(bytes: Uint8Array, at: number, length: number): number {
  switch (length) {
    case 1:
      return bytes[at] === 0x76 ? V : UNKNOWN
    case 2:
      return bytes[at] === 0x6f && bytes[at + 1] === 0x70 ? OP : UNKNOWN
    case 3:
      switch (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)) {
        case 0x727265:
          return ERR
        case 0x79656b:
          return KEY
        case 0x716572:
          return REQ
        case 0x716573:
          return SEQ
        default:
          return UNKNOWN
      }
    case 4:
      switch (readU32(bytes, at)) {
        case 0x646e696b:
          return KIND
        case 0x70736572:
          return RESP
        default:
          return UNKNOWN
      }
    case 13:
      return isLatencyTicks(bytes, at) ? LATENCY_TICKS : UNKNOWN
    default:
      return UNKNOWN
  }
}

function isAscending(bytes: Uint8Array, a: number, aLength: number, b: number, bLength: number): boolean {
  const shared = Math.min(aLength, bLength)
  for (let index = 0; index < shared; index++) {
    const difference = bytes[a + index]! - bytes[b + index]!
    if (difference !== 0) return difference < 0
  }
  return aLength < bLength
}
