import type { LockMaps } from '../contracts/context.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'

/**
 * Whether a contracts lock is, byte for byte, the one that these hashes get. Where it is, nothing in it needs to be parsed,
 * held to the schema or explained: any path may stand in a lock, and the hashes come from the check itself. False where
 * that is not known: another layout may say the same, and a path that needs an escape or more than ASCII is looked at by
 * who reads JSON.
 */
export function isLockOf(bytes: Uint8Array, { indexes, files }: LockMaps): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const afterFiles = afterEntries(buffer, afterText(buffer, BEFORE_FILES, 0), files)
  const afterIndexes = afterEntries(buffer, afterText(buffer, BEFORE_INDEXES, afterFiles), indexes)
  return afterText(buffer, AFTER_INDEXES, afterIndexes) === bytes.length
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
function afterText(bytes: Buffer, expected: Buffer, start: number): number {
  if (start === -1) return -1
  for (let at = 0; at < expected.length; at += 1) if (bytes[start + at] !== expected[at]) return -1
  return start + expected.length
}

/** Behind an object of exactly these entries in ascending order; -1 where another stands there. */
function afterEntries(bytes: Buffer, start: number, entries: ReadonlyMap<string, string>): number {
  if (entries.size === 0) return afterText(bytes, EMPTY, start)
  let at = start
  let last = -1
  for (let left = entries.size; left > 0; left -= 1) {
    const from = afterText(bytes, last === -1 ? BEFORE_FIRST_PATH : BEFORE_PATH, at)
    const to = from === -1 ? -1 : endOfPath(bytes, from, last)
    if (to === -1) return -1
    const hash = entries.get(bytes.toString('latin1', from, to))
    if (hash === undefined) return -1
    const digits = afterText(bytes, BEFORE_HASH, to)
    if (digits === -1) return -1
    for (let digit = 0; digit < hash.length; digit += 1) {
      if (bytes[digits + digit] !== hash.charCodeAt(digit)) return -1
    }
    at = afterText(bytes, AFTER_HASH, digits + hash.length)
    last = from
  }
  return afterText(bytes, AFTER_ENTRIES, at)
}

/**
 * Where the path that starts at `from` has its closing quote; -1 where it is not plain ASCII, or does not come after the one
 * at `last`: in ascending order no path is there twice.
 */
function endOfPath(bytes: Buffer, from: number, last: number): number {
  let isAfter = last === -1
  let to = from
  for (let byte = bytes[to] ?? 0; byte !== QUOTE; byte = bytes[(to += 1)] ?? 0) {
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return -1
    if (isAfter) continue
    const earlier = bytes[last + to - from] ?? 0
    if (earlier !== byte && earlier !== QUOTE && earlier > byte) return -1
    isAfter = earlier !== byte
  }
  return isAfter ? to : -1
}
