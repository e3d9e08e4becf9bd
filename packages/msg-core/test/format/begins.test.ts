import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { appendSeal, checkSeal, encodeEntry, NO_LIMITS, openReader } from '../../src/format/index.ts'
import { withConfig } from '../../src/rr/index.ts'

const root = mkdtempSync(join(tmpdir(), 'begins-'))
const path = join(root, '.x07_rr', 'c.rrbin')
mkdirSync(join(root, '.x07_rr'))
afterAll(() => rmSync(root, { recursive: true }))

/** An entry that begins at a position; `-1` and the like stand where two digits would. */
function entryAt(begin: number | string): Uint8Array {
  const fields = { kind: 'rr', op: 'o', key: 'k', req: Buffer.from('q'), resp: Buffer.from('r') }
  if (typeof begin === 'number') return encodeEntry({ ...fields, seq: begin })
  const document = Buffer.from(encodeEntry({ ...fields, seq: 99 }))
  document.write(begin, document.lastIndexOf('99'))
  return document
}

async function judged(begins: readonly (number | string)[], open: readonly number[] | undefined): Promise<string> {
  writeFileSync(path, '')
  await withConfig(
    { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits: NO_LIMITS, path: 'c.rrbin' },
    (handle) => {
      for (const begin of begins) handle.append(entryAt(begin))
      if (open !== undefined) appendSeal(handle, { path, entries: begins.length, open })
    },
    { root },
  )
  using cassette = openReader(path)
  const check = checkSeal(cassette, path)
  return check.kind === 'broken' ? check.reason : check.kind
}

describe('begin positions', () => {
  test.each([
    [[0, 2], [], 'sealed'],
    [[0, 1], [], 'sealed'],
    [[1, 2], [0], 'sealed'],
    [[0, 0], [], 'entry 1 begins at position 0, where another has begun'],
    [[0, 4], [], 'entry 1 begins at position 4, beyond the 4 that there are'],
    [[0, 4294967295], [], 'entry 1 has a begin position that is not a whole number from 0 to 4294967294'],
    [['-1', 2], [], 'entry 0 has a begin position that is not a whole number from 0 to 4294967294'],
    [['.5', 2], [], 'entry 0 has a begin position that is not a whole number from 0 to 4294967294'],
    [[3, 0], [], 'entry 0 ends at position 1, before it begins'],
    [[0, 2], [2], 'the seal lists position 2 as open, and it is taken'],
    [[0, 2], [9], 'the seal lists position 9, beyond the 5 that there are'],
  ])('%j with %j open: %s', async (begins, open, outcome) => {
    expect(await judged(begins, open)).toBe(outcome)
  })
})

describe('the numbers of a seal', () => {
  test.each([
    ['"entries":2', '"entries":-2'],
    ['"entries":2', '"entries":2.5'],
    ['"begin":4', '"begin":-4'],
    ['"open":[]', '"open":[-1]'],
    ['"open":[]', '"open":[0.5]'],
    ['"open":[]', '"open":["0"]'],
  ])('%s may not be %s', async (from, to) => {
    expect(await judged([0, 2], [])).toBe('sealed')
    using cassette = openReader(path)
    const seal = Buffer.from(cassette.entry(2)).toString('latin1')
    expect(seal).toContain(from)
    const resp = JSON.parse(/\{.*\}/.exec(seal.replace(from, to))![0]) as Record<string, never>
    const document = encodeEntry({
      kind: 'rr',
      op: 'std.msg.lab.seal_v1',
      key: 'sha256',
      req: new Uint8Array(0),
      resp: Buffer.from(JSON.stringify(resp)),
      seq: 4,
    })
    const other = join(root, 'other.rrbin')
    writeFileSync(other, Buffer.concat([frame(cassette.entry(0)), frame(cassette.entry(1)), frame(document)]))
    using changed = openReader(other)
    expect(checkSeal(changed, other)).toEqual({
      kind: 'broken',
      reason: 'the seal, entry 2, has changed since it was recorded',
    })
  })
})

function frame(document: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(document.length)
  return Buffer.concat([length, document])
}
