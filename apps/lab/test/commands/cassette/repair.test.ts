import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeEntry } from '@x07-lab/msg-core/format'
import { repair } from '../../../src/commands/cassette/repair.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'repair-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const none = new Uint8Array(0)
const document = encodeEntry({ kind: 'rr', op: 'o', key: 'k', req: none, resp: none, err: 0 })
const frame = Buffer.concat([Buffer.of(document.length, 0, 0, 0), document])
const torn = Buffer.concat([frame, frame.subarray(0, 9)])

describe('cassette repair', () => {
  test('keeps the whole entries, and the file as it was beside them', () => {
    const file = join(root, 'torn.rrbin')
    writeFileSync(file, torn)
    expect(repair(root, file).document).toMatchObject({ repaired: true, entries: 1, dropped_bytes: 9 })
    expect(readFileSync(file)).toEqual(frame)
    expect(readFileSync(`${file}.torn`)).toEqual(torn)
  })

  test('leaves everything as it was where the copy cannot be made', () => {
    // A name so long that there is no longer one.
    const file = join(root, `${'t'.repeat(246)}.rrbin`)
    writeFileSync(file, torn)
    expect(() => repair(root, file)).toThrow(
      `repair ${file}: the name is too long (ENAMETOOLONG); it has to be writable, and its folder too, for a copy of it`,
    )
    expect(readFileSync(file)).toEqual(torn)
    expect(readdirSync(root)).toHaveLength(1)
  })

  test('leaves a file alone of which nothing would be left', () => {
    const file = join(root, 'notes.txt')
    writeFileSync(file, 'no cassette')
    expect(() => repair(root, file)).toThrow(
      `repair ${file}: it holds no whole entry, so there is nothing to keep; check that it is a cassette, or record it again`,
    )
    expect(readFileSync(file, 'utf8')).toBe('no cassette')
    expect(readdirSync(root)).toEqual(['notes.txt'])
  })
  test('leaves a file alone that has another name, which would be cut with it', () => {
    const [file, other] = [join(root, 'torn.rrbin'), join(root, 'other')]
    writeFileSync(other, torn)
    linkSync(other, file)
    expect(() => repair(root, file)).toThrow(
      `repair ${file}: it has another name too, a hard link, which would be cut with it; repair a copy of it`,
    )
    expect(readFileSync(other)).toEqual(torn)
    expect(readdirSync(root)).toHaveLength(2)
  })
})
