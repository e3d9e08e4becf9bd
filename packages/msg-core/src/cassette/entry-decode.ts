import { decodeDocument } from '../data-model/decode.ts'
import { encodeDocument } from '../data-model/encode.ts'
import type { Entry } from './entry.ts'
import { EntryScan, parseU32, scanEntry } from './entry-scan.ts'
import { parseErr } from './err-text.ts'
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
  const scan = new EntryScan()
  checkEntry(document, limits, scan)
  return entryOf(document, scan)
}

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
    kind: bytes.subarray(scan.kindAt, scan.kindAt + scan.kindLength),
    op: bytes.subarray(scan.opAt, scan.opAt + scan.opLength),
    key: bytes.subarray(scan.keyAt, scan.keyAt + scan.keyLength),
    req: bytes.subarray(scan.reqAt, scan.reqAt + scan.reqLength),
    resp: bytes.subarray(scan.respAt, scan.respAt + scan.respLength),
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
