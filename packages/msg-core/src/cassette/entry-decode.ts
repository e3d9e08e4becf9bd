import { decodeDocument } from '../data-model/decode.ts'
import { encodeDocument } from '../data-model/encode.ts'
import type { Entry } from './entry.ts'
import { parseErr, parseU32 } from './entry-number.ts'
import { EntryScan, scanEntry } from './entry-scan.ts'
import type { RrLimits } from './limits.ts'
import { NO_LIMITS } from './limits.ts'
import { RrError } from './rr-error.ts'

/**
 * Decodes one entry document (a frame's payload, without the length). The fields are views into `document`, borrowed:
 * they stay good as long as its bytes do.
 *
 * @throws RrError 2005 to 2008, the first failure in X07's order
 */
export function decodeEntry(document: Uint8Array, limits: RrLimits = NO_LIMITS): Entry {
  checkEntry(document, limits, scratch)
  return entryOf(document, scratch)
}

/** What a replay needs of an entry. */
export type PlayedEntry = Pick<Entry, 'key' | 'req' | 'resp' | 'err' | 'latencyTicks'>

/** As {@link decodeEntry}, of half the fields: replays hold thousands of entries at a time, and each view is an object. */
export function decodePlayed(document: Uint8Array): PlayedEntry {
  checkEntry(document, NO_LIMITS, scratch)
  const { buffer, byteOffset: base } = document
  return {
    key: new Uint8Array(buffer, base + scratch.keyAt, scratch.keyLength),
    req: new Uint8Array(buffer, base + scratch.reqAt, scratch.reqLength),
    resp: new Uint8Array(buffer, base + scratch.respAt, scratch.respLength),
    err: parseErr(document, scratch.errAt, scratch.errLength),
    latencyTicks: scratch.latencyAt < 0 ? undefined : scratch.latencyTicks,
  }
}

// Filled and read within one call, so that decoding an entry makes the entry and nothing else.
const scratch = new EntryScan()

/**
 * Checks one entry document and leaves the places of its fields in `scan`.
 *
 * @throws RrError 2005 to 2008, the first failure in X07's order
 */
export function checkEntry(document: Uint8Array, limits: RrLimits, scan: EntryScan): void {
  const code = scanEntry(document, 0, document.length, limits, scan)
  if (code === 0) return
  throw new RrError(code, `read entry of ${document.length} bytes at byte ${scan.failedAt}: ${scan.problem}`, {
    offset: scan.failedAt,
  })
}

/**
 * Takes an entry apart to the last unknown field and puts it together again. The bytes are the same for every document
 * that passes the entry check; a rewrite that keeps what it does not know starts from this.
 *
 * @throws RrError 2008 where the document is no entry
 */
export function reencodeEntry(document: Uint8Array): Uint8Array {
  checkEntry(document, NO_LIMITS, new EntryScan())
  return encodeDocument(decodeDocument(document))
}

function entryOf(bytes: Uint8Array, scan: EntryScan): Entry {
  // Views by constructor: `subarray` looks up which class to make each time.
  const { buffer, byteOffset: base } = bytes
  return {
    kind: new Uint8Array(buffer, base + scan.kindAt, scan.kindLength),
    op: new Uint8Array(buffer, base + scan.opAt, scan.opLength),
    key: new Uint8Array(buffer, base + scan.keyAt, scan.keyLength),
    req: new Uint8Array(buffer, base + scan.reqAt, scan.reqLength),
    resp: new Uint8Array(buffer, base + scan.respAt, scan.respLength),
    err: parseErr(bytes, scan.errAt, scan.errLength),
    latencyTicks: scan.latencyAt < 0 ? undefined : scan.latencyTicks,
    seq: optionalU32(bytes, scan.seqAt, scan.seqLength),
    v: optionalU32(bytes, scan.vAt, scan.vLength),
  }
}

function optionalU32(bytes: Uint8Array, at: number, length: number): number | undefined {
  if (at < 0) return undefined
  const value = parseU32(bytes, at, length)
  return value < 0 ? undefined : value
}
