import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeEntry, openGrowing, openReader } from '../../../src/format/index.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'growing-'))
  path = join(folder, 'a.rrbin')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function frame(at: number, bytes: number): Buffer {
  const resp = Buffer.alloc(bytes, at + 1)
  const document = encodeEntry({
    kind: 'rr',
    op: `op-${at % 2}`,
    key: 'k',
    req: new Uint8Array(),
    resp,
    err: 0,
    seq: at,
  })
  const length = Buffer.alloc(4)
  length.writeUInt32LE(document.length)
  return Buffer.concat([length, document])
}

test('has the whole entries of every beginning of a file, and all of them in the end', () => {
  const frames = [frame(0, 3), frame(1, 0), frame(2, 40)]
  const bytes = Buffer.concat(frames)
  writeFileSync(path, '')
  using growing = openGrowing(path)
  let whole = 0
  for (let end = 1; end <= bytes.length; end++) {
    appendFileSync(path, bytes.subarray(end - 1, end))
    growing.readOn()
    if (end === Buffer.concat(frames.slice(0, whole + 1)).length) whole++
    expect(growing.count).toBe(whole)
    expect(growing.rest() === undefined).toBe(end === Buffer.concat(frames.slice(0, whole)).length)
  }
  using all = openReader(path)
  for (let at = 0; at < 3; at++) {
    expect(growing.entry(at)).toEqual(all.entry(at))
    expect(growing.lane(at)).toBe(all.lane(at))
    expect(growing.begin(at)).toBe(at)
  }
})

test('stops at the room that a writer keeps, and reads on when it is used or given up', () => {
  const [first, second] = [frame(0, 10), frame(1, 2_000_000)]
  writeFileSync(path, Buffer.concat([first, Buffer.alloc(3_000_000)]))
  using growing = openGrowing(path)
  growing.readOn()
  expect(growing.count).toBe(1)
  expect(growing.rest()).toBeUndefined()
  writeFileSync(path, Buffer.concat([first, second, Buffer.alloc(100)]))
  growing.readOn()
  expect(growing.count).toBe(2)
  expect(second.subarray(4).equals(growing.entry(1))).toBe(true)
  truncateSync(path, first.length + second.length)
  growing.readOn()
  expect(growing.rest()).toBeUndefined()
  truncateSync(path, first.length)
  expect(() => growing.readOn()).toThrow('it is another file now')
})

test('leaves an entry that is not one, and says where', () => {
  writeFileSync(path, Buffer.concat([frame(0, 1), Buffer.from([2, 0, 0, 0, 7, 7])]))
  using growing = openGrowing(path, { name: 'a' })
  growing.readOn()
  expect(growing.count).toBe(1)
  expect(growing.rest()?.message).toContain('entry 1')
})
