import { createHash, hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { canonicalJsonBytes, decodeEntry, type CassetteReader, type JsonObject, type RrHandle } from '@x07-lab/msg-core'
import { appendOwn } from './result-entries.ts'

/** The last entry of a finished recording: what it covers, and what made it. */
export const sealOp = 'std.msg.lab.seal_v1'
const sealKey = 'sha256'
const chunkBytes = 1_048_576

/** What a seal says. */
export interface Seal {
  /** Entries before the seal. */
  readonly entries: number
  /** Bytes before the seal. */
  readonly bytes: number
  /** Of these bytes, in hex. */
  readonly sha256: string
  /** Begin positions without an entry. */
  readonly open: readonly number[]
  readonly [more: string]: unknown
}

/** Hashes what is in the file so far and appends the seal. */
export function appendSeal(
  handle: RrHandle,
  path: string,
  entries: number,
  more: JsonObject,
  open: readonly number[],
): void {
  handle.flush()
  const { bytes, sha256 } = hashPrefix(path, Number.POSITIVE_INFINITY)
  appendOwn(handle, { op: sealOp, key: sealKey, resp: canonicalJsonBytes({ ...more, entries, bytes, sha256, open }) })
}

/** What is wrong with a seal, or the seal, or that there is none. */
export type SealCheck =
  | { readonly kind: 'sealed'; readonly seal: Seal }
  | { readonly kind: 'unsealed' }
  | { readonly kind: 'broken'; readonly reason: string }

/** Reads the seal of a cassette and, with `path`, checks the bytes it covers. */
export function checkSeal(cassette: CassetteReader, path: string): SealCheck {
  const lane = cassette.lanes.find(Buffer.from('rr'), Buffer.from(sealOp), Buffer.from(sealKey))
  const entry = lane < 0 ? undefined : cassette.peek(lane)
  if (entry === undefined) return { kind: 'unsealed' }
  if (entry !== cassette.count - 1)
    return { kind: 'broken', reason: `the seal is entry ${entry}, and entries follow it` }
  const seal = parseSeal(decodeEntry(cassette.entry(entry)).resp)
  if (seal === undefined) return { kind: 'broken', reason: `the seal, entry ${entry}, is not readable` }
  if (seal.entries !== entry)
    return { kind: 'broken', reason: `the seal covers ${seal.entries} entries, ${entry} are there` }
  const actual = hashPrefix(path, seal.bytes)
  if (actual.bytes !== seal.bytes || actual.sha256 !== seal.sha256) {
    return { kind: 'broken', reason: `the bytes it covers have changed since it was recorded` }
  }
  return { kind: 'sealed', seal }
}

function parseSeal(bytes: Uint8Array): Seal | undefined {
  try {
    const seal = JSON.parse(Buffer.from(bytes).toString()) as Partial<Seal> | null
    const { entries, bytes: covered, sha256, open } = seal ?? {}
    const whole = Number.isSafeInteger(entries) && Number.isSafeInteger(covered) && typeof sha256 === 'string'
    return whole && Array.isArray(open) && open.every(Number.isSafeInteger) ? (seal as Seal) : undefined
  } catch {
    return undefined
  }
}

/** SHA-256 of the first `limit` bytes of a file, and how many there were. */
function hashPrefix(path: string, limit: number): { readonly bytes: number; readonly sha256: string } {
  const file = openSync(path, 'r')
  try {
    const digest = createHash('sha256')
    const chunk = Buffer.allocUnsafe(chunkBytes)
    let bytes = 0
    for (;;) {
      const read = readSync(file, chunk, 0, Math.min(chunkBytes, limit - bytes), bytes)
      if (read === 0) return { bytes, sha256: digest.digest('hex') }
      digest.update(chunk.subarray(0, read))
      bytes += read
    }
  } finally {
    closeSync(file)
  }
}

/** SHA-256 of bytes in hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes)
}
