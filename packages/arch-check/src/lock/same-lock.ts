import type { LockMaps } from '../contracts/context.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'

/**
 * Whether a contracts lock is, byte for byte, the one that these hashes get. Where it is, nothing in it needs to be parsed,
 * held to the schema or explained: any path may stand in a lock, and the hashes come from the check itself. False where
 * that is not known: another layout may say the same, and odd paths are left to who reads JSON.
 */
export function isLockOf(bytes: Uint8Array, { indexes, files }: LockMaps): boolean {
  const [indexesText, filesText] = [textOf(indexes), textOf(files)]
  if (indexesText === undefined || filesText === undefined) return false
  const version = SCHEMA_VERSIONS['contracts-lock']
  const text = `{\n  "files": ${filesText},\n  "indexes": ${indexesText},\n  "schema_version": "${version}"\n}\n`
  return Buffer.from(text).equals(bytes)
}

function textOf(entries: ReadonlyMap<string, string>): string | undefined {
  if (entries.size === 0) return '{}'
  // By code units: with a function for the order this would take four times as long.
  // oxlint-disable-next-line typescript/require-array-sort-compare
  const paths = [...entries.keys()].sort()
  let text = ''
  for (const path of paths) text += `,\n    "${path}": {\n      "jcs_sha256_hex": "${entries.get(path) ?? ''}"\n    }`
  return isWrittenAsItIs(paths) ? `{${text.slice(1)}\n  }` : undefined
}

/** Whether JSON needs no escape for any of the texts: it then adds two quotes to each and a comma or bracket, and one bracket. */
function isWrittenAsItIs(texts: readonly string[]): boolean {
  const length = texts.reduce((sum, text) => sum + text.length + 3, 1)
  return JSON.stringify(texts).length === length
}
