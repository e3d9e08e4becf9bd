import type { LockParts } from '../contracts/context.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'
import type { LockedHashes } from './locked-hashes.ts'

/**
 * Whether a contracts lock is, byte for byte, the one that these hashes get. Where it is, nothing in it needs to be parsed,
 * held to the schema or explained: any path may stand in a lock, and the hashes come from the check itself. False where
 * that is not known: another layout may say the same, and odd paths are left to who reads JSON.
 */
export function isLockOf(bytes: Uint8Array, { indexes, files }: LockParts): boolean {
  if (!isWrittenAsItIs(indexes.paths) || !isWrittenAsItIs(files.paths)) return false
  const version = SCHEMA_VERSIONS['contracts-lock']
  const text = `{\n  "files": ${textOf(files)},\n  "indexes": ${textOf(indexes)},\n  "schema_version": "${version}"\n}\n`
  return Buffer.from(text).equals(bytes)
}

function textOf({ paths, hashes }: LockedHashes): string {
  if (paths.length === 0) return '{}'
  const entries = paths.map((path, at) => `\n    "${path}": {\n      "jcs_sha256_hex": "${hashes[at] ?? ''}"\n    }`)
  // By code units: with a function for the order this would take four times as long.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  entries.sort()
  // A file that several policies name was checked for each of them.
  return `{${entries.filter((entry, at) => entry !== entries[at - 1]).join(',')}\n  }`
}

/** Whether JSON needs no escape for any of the texts: it then adds two quotes to each and a comma or bracket, and one bracket. */
function isWrittenAsItIs(texts: readonly string[]): boolean {
  if (texts.length === 0) return true
  const length = texts.reduce((sum, text) => sum + text.length + 3, 1)
  return JSON.stringify(texts).length === length
}
