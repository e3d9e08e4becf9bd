import { decodeDocument } from '../data-model/decode.ts'
import { encodeDocument } from '../data-model/encode.ts'
import type { Entry } from './entry.ts'
import { parseErr, parseU32 } from './entry-number.ts'
import { EntryScan } from './entry-scan-result.ts'
import { scanEntry } from './entry-scan.ts'
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

/**
 * What a replay needs of an entry: its numbers, and where in the document the bytes of its fields are. Replays hold thousands
 * of entries at a time and look at few of the fields, so {@link bytesAt} makes a view of one when it is wanted.
 */
export interface PlayedEntry {
  /** Borrowed. */
  readonly document: Uint8Array
  readonly keyAt: number
  readonly keyLength: number
  readonly reqAt: number
  readonly reqLength: number
  readonly respAt: number
  readonly respLength: number
  /** As in {@link Entry}. */
  readonly err: number | undefined
  /** 0 where the entry has none. */
  readonly latencyTicks: number
}

/** As {@link decodeEntry}, without the views. */
export function decodePlayed(document: Uint8Array): PlayedEntry {
  checkEntry(document, NO_LIMITS, scratch)
  const { keyAt, keyLength, reqAt, reqLength, respAt, respLength, latencyTicks } = scratch
  const err = parseErr(document, scratch.errAt, scratch.errLength)
  return { document, keyAt, keyLength, reqAt, reqLength, respAt, respLength, err, latencyTicks }
}

/** A view of bytes. By constructor: `subarray` looks up which class to make each time. */
export function bytesAt({ buffer, byteOffset }: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + at, length)
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
  return {
    kind: bytesAt(bytes, scan.kindAt, scan.kindLength),
    op: bytesAt(bytes, scan.opAt, scan.opLength),
    key: bytesAt(bytes, scan.keyAt, scan.keyLength),
    req: bytesAt(bytes, scan.reqAt, scan.reqLength),
    resp: bytesAt(bytes, scan.respAt, scan.respLength),
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
