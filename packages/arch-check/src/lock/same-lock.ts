import type { LockMaps } from '../contracts/context.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'

/**
 * Whether a contracts lock is, byte for byte, the one that these hashes get. Where it is, nothing in it needs to be parsed,
 * held to the schema or explained: any path may stand in a lock, and the hashes come from the check itself. False where
 * that is not known: another layout may say the same, and a path that needs an escape or more than ASCII is looked at by
 * who reads JSON.
 */
export function isLockOf(bytes: Uint8Array, { indexes, files }: LockMaps): boolean {
  const afterFiles = afterEntries(bytes, afterText(bytes, BEFORE_FILES, 0), files)
  const afterIndexes = afterEntries(bytes, afterText(bytes, BEFORE_INDEXES, afterFiles), indexes)
  return afterText(bytes, AFTER_INDEXES, afterIndexes) === bytes.length
}

const BEFORE_FILES = Buffer.from('{\n  "files": ')
const BEFORE_INDEXES = Buffer.from(',\n  "indexes": ')
const AFTER_INDEXES = Buffer.from(`,\n  "schema_version": "${SCHEMA_VERSIONS['contracts-lock']}"\n}\n`)
const EMPTY = Buffer.from('{}')
const BEFORE_FIRST_PATH = Buffer.from('{\n    "')
const BEFORE_PATH = Buffer.from(',\n    "')
const BEFORE_HASH = Buffer.from('": {\n      "jcs_sha256_hex": "')
const AFTER_HASH = Buffer.from('"\n    }')
const AFTER_ENTRIES = Buffer.from('\n  }')

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Behind the expected text; -1 where another stands there. */
function afterText(bytes: Uint8Array, expected: Uint8Array, start: number): number {
  if (start === -1) return -1
  for (let at = 0; at < expected.length; at += 1) if (bytes[start + at] !== expected[at]) return -1
  return start + expected.length
}

/** Behind an object of exactly these entries in ascending order; -1 where another stands there. */
function afterEntries(bytes: Uint8Array, start: number, entries: ReadonlyMap<string, string>): number {
  if (entries.size === 0) return afterText(bytes, EMPTY, start)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = start
  let last: string | undefined
  for (let left = entries.size; left > 0; left -= 1) {
    const from = afterText(bytes, last === undefined ? BEFORE_FIRST_PATH : BEFORE_PATH, at)
    if (from === -1) return -1
    let to = from
    for (let byte = bytes[to] ?? 0; byte !== QUOTE; byte = bytes[(to += 1)] ?? 0) {
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return -1
    }
    const path = text.toString('latin1', from, to)
    const hash = entries.get(path)
    // In ascending order no path is there twice.
    if (hash === undefined || (last !== undefined && path <= last)) return -1
    at = afterText(bytes, BEFORE_HASH, to)
    for (let digit = 0; digit < hash.length; digit += 1, at += 1) if (bytes[at] !== hash.charCodeAt(digit)) return -1
    at = afterText(bytes, AFTER_HASH, at)
    last = path
  }
  return afterText(bytes, AFTER_ENTRIES, at)
}
