import { assert, constantFrom, oneof, property, string, uniqueArray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LockParts } from '../../src/contracts/context.ts'
import { readDocument } from '../../src/document/read-document.ts'
import { sha256Hex } from '../../src/hash/x07-form.ts'
import { contractsLockText } from '../../src/lock/contracts-lock.ts'
import { LockedHashes } from '../../src/lock/locked-hashes.ts'
import { isLockOf } from '../../src/lock/same-lock.ts'
import { openSchemas } from '../../src/schema/schemas.ts'

const schemas = openSchemas()

function maps(indexes: readonly string[], files: readonly string[]): LockParts {
  const hashed = (paths: readonly string[]): LockedHashes => {
    const hashes = new LockedHashes()
    for (const path of paths) hashes.add(path, sha256Hex(path))
    return hashes
  }
  return { indexes: hashed(indexes), files: hashed(files) }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const isOwnLock = (lock: LockParts): boolean => isLockOf(bytesOf(contractsLockText(lock)), lock)

describe('a contracts lock that is just what the check would write', () => {
  test.each([
    ['nothing', maps([], [])],
    ['indexes alone', maps(['arch/rr/index.x07rr.json'], [])],
    ['files alone', maps([], ['b.json', 'a.json', 'a'])],
    ['paths beyond ASCII', maps(['\u007f'], ['é', 'z', '東京.json', '\u{1f600}'])],
    ['paths with spaces and signs', maps([' '], ["it's/{a}: [b],.json", '~', '../x', '</script>'])],
  ])('is told by its bytes: %s', (_, lock) => {
    expect(isOwnLock(lock)).toBe(true)
  })

  test.each(['a"b', String.raw`a\b`, 'a\nb', 'a\u0000b', '\ud800'])(
    'is left to the reader of JSON where a path is %j',
    (path) => {
      expect(isOwnLock(maps([], [path]))).toBe(false)
    },
  )

  test.each([
    ['sort otherwise by their code units than by their bytes', ['\ufb33', '\u{1f600}']],
    ['sort otherwise with the quote behind them', ['a', 'a b']],
  ])('is left to the reader of JSON where its paths %s', (_, paths) => {
    expect(isOwnLock(maps([], paths))).toBe(false)
  })

  test('is told where a file was checked for several that name it', () => {
    expect(isOwnLock(maps([], ['b', 'a', 'b', 'c', 'b']))).toBe(true)
  })

  test('is another one with any byte changed, left out, put in twice or put behind', () => {
    const lock = maps(['i'], ['a', 'b'])
    const bytes = [...bytesOf(contractsLockText(lock))]
    for (const [at, byte] of bytes.entries()) {
      const changed = [
        bytes.with(at, byte ^ 1),
        bytes.toSpliced(at, 1),
        bytes.toSpliced(at, 0, byte),
        bytes.slice(0, at),
      ]
      for (const other of changed) expect(isLockOf(Uint8Array.from(other), lock), `byte ${at}`).toBe(false)
    }
    expect(isLockOf(Uint8Array.from([...bytes, 0x20]), lock)).toBe(false)
  })

  test('is another one with a path twice and one not there', () => {
    const [one, other] = [maps([], ['a', 'b']), maps([], ['a', 'c'])]
    const twice = contractsLockText(one).replace(
      /"b": \{[^}]*\}/,
      /"a": \{[^}]*\}/.exec(contractsLockText(one))?.[0] ?? '',
    )
    expect(isLockOf(bytesOf(twice), one)).toBe(false)
    expect(isLockOf(bytesOf(contractsLockText(one)), other)).toBe(false)
  })

  test('meets the schema and the rules of the reader, whatever the paths', () => {
    const paths = uniqueArray(oneof(string({ unit: 'binary-ascii' }), constantFrom('a', 'b/c', '__proto__')))
    assert(
      property(paths, paths, (indexes, files) => {
        const lock = maps(indexes, files)
        const bytes = bytesOf(contractsLockText(lock))
        if (!isLockOf(bytes, lock)) return
        const document = readDocument('arch/contracts.lock.json', bytes)
        if ('error' in document) throw new Error(document.error.reason)
        expect(document.plain).toBe(true)
        expect(schemas.validate('contracts-lock', document.value)).toEqual([])
      }),
    )
  })
})
