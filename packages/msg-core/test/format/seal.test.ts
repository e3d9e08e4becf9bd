import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendSeal, checkSeal, encodeEntry, NO_LIMITS, openReader, type SealCheck } from '../../src/format/index.ts'
import { RrError, withConfig } from '../../src/rr/index.ts'

const root = mkdtempSync(join(tmpdir(), 'seal-'))
const path = join(root, '.x07_rr', 'c.rrbin')
let whole: Buffer

beforeAll(async () => {
  mkdirSync(join(root, '.x07_rr'))
  const config = { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits: NO_LIMITS, path: 'c.rrbin' } as const
  await withConfig(
    config,
    (handle) => {
      const fields = { kind: 'rr', op: 'o', key: 'k', req: Buffer.from('q'), resp: Buffer.from('r') }
      for (const latencyTicks of [1, 2]) handle.appendEntry({ ...fields, latencyTicks, seq: handle.begin() })
      appendSeal(handle, { path, entries: 2, open: [4], more: { broker: 'B 1.0' } })
    },
    { root },
  )
  whole = readFileSync(path)
})

afterAll(() => rmSync(root, { recursive: true }))

/** What a file of these bytes counts as: its seal, or that it cannot be read at all. */
function judged(bytes: Uint8Array): SealCheck['kind'] | 'unreadable' {
  const file = join(root, 'judged.rrbin')
  writeFileSync(file, bytes)
  try {
    using cassette = openReader(file)
    return checkSeal(cassette, file).kind
  } catch (error) {
    if (error instanceof RrError) return 'unreadable'
    throw error
  }
}

describe('a seal', () => {
  test('tells what it covers, where it begins, and its own hash', () => {
    using cassette = openReader(path)
    const check = checkSeal(cassette, path)
    expect(check).toMatchObject({ kind: 'sealed', seal: { entries: 2, open: [4], begin: 4, broker: 'B 1.0' } })
    expect(check.kind === 'sealed' ? check.seal.seal_sha256 : '').toMatch(/^[0-9a-f]{64}$/)
  })

  test('no byte of the file can change without notice, those of the seal included', () => {
    expect(judged(whole)).toBe('sealed')
    const unnoticed: number[] = []
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ [1, 0x20, 0x80][at % 3]!
      if (['sealed', 'unsealed'].includes(judged(changed))) unnoticed.push(at)
    }
    expect(unnoticed).toEqual([])
  })

  test('a file cut anywhere is torn, but for the ends of entries, where its begin positions ask for a seal', () => {
    const kinds = new Map<string, number>()
    for (let length = 0; length < whole.length; length++) {
      const kind = judged(whole.subarray(0, length))
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    // Broken after the first entry and after the second, unsealed where it is empty.
    expect(Object.fromEntries(kinds)).toEqual({ unsealed: 1, broken: 2, unreadable: whole.length - 3 })
  })

  test.each([
    ["X07's own operation without begin position", { op: 'std.msg.amqp.publish_env_v1' }, 'unsealed'],
    ["X07's running index, which comes with v", { op: 'std.rr.fetch_v1', seq: 0, v: 1 }, 'unsealed'],
    ['a begin position', { op: 'std.msg.amqp.publish_env_v1', seq: 0 }, 'broken'],
    ['an operation that only this program records', { op: 'std.msg.amqp.client_cmd_v1' }, 'broken'],
  ] as const)('is due where entries are of this program: %s', (_, fields, kind) => {
    const document = encodeEntry({ kind: 'rr', key: 'k', req: Buffer.from('q'), resp: Buffer.from('r'), ...fields })
    const size = Buffer.alloc(4)
    size.writeUInt32LE(document.length)
    expect(judged(Buffer.concat([size, document]))).toBe(kind)
  })

  test('with entries behind it is broken', () => {
    const secondAt = 4 + whole.readUInt32LE(0)
    expect(judged(Buffer.concat([whole, whole.subarray(0, secondAt)]))).toBe('broken')
  })

  test('of the first form, which did not hash itself, still counts', () => {
    const text = whole.toString('latin1')
    const first = text
      .replace(/"begin":4,/, '')
      .replace(/,"seal_sha256":"[0-9a-f]{64}"|"seal_sha256":"[0-9a-f]{64}",/, '')
    const removed = whole.length - first.length
    const bytes = Buffer.from(first, 'latin1')
    // The frame of the seal and its response are shorter now.
    const start = [0, 1].reduce((at) => at + 4 + bytes.readUInt32LE(at), 0)
    bytes.writeUInt32LE(bytes.readUInt32LE(start) - removed, start)
    const resp = bytes.indexOf('resp', start) + 'resp'.length + 1
    bytes.writeUInt32LE(bytes.readUInt32LE(resp) - removed, resp)
    expect(removed).toBeGreaterThan(64)
    expect(judged(bytes)).toBe('sealed')
  })
})
