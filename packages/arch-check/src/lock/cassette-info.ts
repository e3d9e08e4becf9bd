import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, constants as fsConstants } from 'node:fs'
import { checkSeal, openReader } from '@x07-lab/msg-core/format'

/** Bytes read at a time: cassettes may be larger than memory. */
const CHUNK_BYTES = 1_048_576

/** What is pinned of a cassette's own content. */
export interface CassetteInfo {
  entries: number
  bytes: number
  /** The record/replay policy the seal names; null for a cassette without a seal. */
  policy: string | null
  /** SHA-256 of the contracts lock it was recorded under, from the seal. */
  contractsLockSha256: string | null
}

/** SHA-256 of a regular file, read in pieces; undefined where it cannot be read. */
export function hashFile(path: string): string | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    if (!fstatSync(descriptor).isFile()) return undefined
    const hash = createHash('sha256')
    const chunk = new Uint8Array(CHUNK_BYTES)
    for (;;) {
      const read = readSync(descriptor, chunk, 0, chunk.length, null)
      if (read === 0) return hash.digest('hex')
      hash.update(chunk.subarray(0, read))
    }
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}

/** Reads a cassette through; a sentence about what is wrong where it is damaged, or its seal is missing or does not fit. */
export function readCassette(path: string, name: string): CassetteInfo | string {
  try {
    using reader = openReader(path, { name })
    const check = checkSeal(reader, path)
    if (check.kind === 'broken') return `read cassette "${name}": ${check.reason}; restore it, or record it again`
    const seal = check.kind === 'sealed' ? check.seal : undefined
    return {
      entries: reader.count,
      bytes: reader.bytes,
      policy: textOf(seal, 'policy'),
      contractsLockSha256: textOf(seal, 'contracts_lock_sha256'),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function textOf(value: unknown, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  const member: unknown = Object.getOwnPropertyDescriptor(value, key)?.value
  return typeof member === 'string' ? member : null
}
