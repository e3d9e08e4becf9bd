import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, constants as fsConstants } from 'node:fs'
import { checkSeal, openReader, type SealCheck } from '@x07-lab/msg-core/format'

/** Bytes read at a time: cassettes may be larger than memory. */
const CHUNK_BYTES = 1_048_576

/** What a cassette says of itself. */
export interface CassetteInfo {
  entries: number
  bytes: number
  seal: SealCheck
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

/** Reads a cassette through, its seal included; a sentence about what is wrong where it is damaged. */
export function readCassette(path: string, name: string): CassetteInfo | string {
  try {
    using reader = openReader(path, { name })
    const seal = checkSeal(reader, path)
    const text = (member: string): string | null => {
      const value = seal.kind === 'sealed' ? seal.seal[member] : undefined
      return typeof value === 'string' ? value : null
    }
    return {
      entries: reader.count,
      bytes: reader.bytes,
      seal,
      policy: text('policy'),
      contractsLockSha256: text('contracts_lock_sha256'),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
