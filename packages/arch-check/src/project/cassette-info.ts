import { checkSeal, openReader, partFileName, type SealCheck } from '@x07-lab/msg-core/format'
import { hashFile as hash } from '@x07-lab/msg-core/kit'

/** What a cassette says of itself. */
export interface CassetteInfo {
  entries: number
  bytes: number
  /** The parts after the first, where it is in several. */
  parts: { path: string; bytes: number; sha256: string }[]
  seal: SealCheck
  /** The record/replay policy the seal names; null for a cassette without a seal. */
  policy: string | null
  /** SHA-256 of the contracts lock it was recorded under, from the seal. */
  contractsLockSha256: string | null
}

/** SHA-256 of a regular file; undefined where it cannot be read. */
export function hashFile(path: string): string | undefined {
  try {
    return hash(path).sha256
  } catch {
    return undefined
  }
}

/** Reads a cassette through with all its parts, their seals included; a sentence about what is wrong where it is damaged. */
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
      parts: (reader.parts ?? []).slice(1).map(({ bytes }, at) => {
        const number = at + 2
        return { path: partFileName(name, number), bytes, sha256: hashFile(partFileName(path, number)) ?? '' }
      }),
      seal,
      policy: text('policy'),
      contractsLockSha256: text('contracts_lock_sha256'),
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
