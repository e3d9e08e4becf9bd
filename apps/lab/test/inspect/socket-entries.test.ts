import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEntry, NO_LIMITS, openReader, type Entry } from '@x07-lab/msg-core/format'
import { withConfig } from '@x07-lab/msg-core/rr'
import { diff } from '../../src/commands/cassette/diff.ts'
import { exportCassette } from '../../src/commands/cassette/export.ts'
import { show, type ShowRequest } from '../../src/commands/cassette/show.ts'
import { joinCauses } from '../../src/inspect/causes.ts'
import { viewEntry } from '../../src/inspect/entry-view.ts'

const committed = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'vcr', 'test', 'cassettes', '.x07_rr')
const names = ['orders', 'service'] as const

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'socket-entries-'))
  mkdirSync(join(root, '.x07_rr'))
  for (const name of names) cpSync(join(committed, `${name}.rrbin`), join(root, '.x07_rr', `${name}.rrbin`))
})
afterAll(() => rmSync(root, { recursive: true }))

async function shown(file: string, more: Partial<ShowRequest> = {}): Promise<string[]> {
  const output = new PassThrough()
  const [, lines] = await Promise.all([
    show(root, { file, filter: {}, ...more }, output).finally(() => output.end()),
    text(output),
  ])
  return lines.trimEnd().split('\n')
}

async function exported(file: string): Promise<Record<string, unknown>[]> {
  const output = new PassThrough()
  const [, lines] = await Promise.all([
    exportCassette(root, { file, to: 'ndjson' }, output, () => undefined).finally(() => output.end()),
    text(output),
  ])
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('an AMQP recording of an unmodified program', () => {
  test('reads as publishes, deliveries, confirms and settles', async () => {
    const lines = await shown('orders', { format: '{kind} {topic} {key} {outcome} {value}{says}' })
    expect(lines.slice(16, 24)).toEqual([
      'other    basic.consume queue vcr-orders',
      expect.stringMatching(/^other {4}basic\.consume-ok consumerTag amq\.ctag-/),
      'publish vcr-orders vcr-orders  {"order":1}',
      'publish vcr-orders vcr-orders  {"order":2}',
      'publish vcr-orders vcr-orders  {"order":3}',
      'delivery vcr-orders vcr-orders  {"order":1}',
      'other   confirmed basic.ack deliveryTag 1',
      'delivery vcr-orders vcr-orders  {"order":2}',
    ])
    expect(lines[26]).toBe('other   ack basic.ack deliveryTag 1')
  })

  test('shows the properties and the broker’s words of a delivery, and its publish', async () => {
    const [document = ''] = await shown('orders', { entry: 21, json: true })
    expect(JSON.parse(document)).toMatchObject({
      kind: 'delivery',
      metadata: { exchange: '', redelivered: false, deliveryTag: '1' },
      value: '{"order":1}',
      cause: 18,
    })
  })

  test('joins each delivery to its publish', () => {
    using reader = openReader(join(committed, 'orders.rrbin'), { limits: NO_LIMITS })
    const causes = joinCauses(reader)
    expect([21, 23, 28].map((entry) => causes.causeOf(entry))).toEqual([18, 19, 20])
  })

  test('goes out as its deliveries', async () => {
    expect((await exported('service')).map(({ value }) => value)).toHaveLength(2)
  })

  test('says that the answer to the handshake is not recorded, and finds by its words', async () => {
    expect(await shown('orders', { filter: { grep: 'start-ok' }, format: '{entry} {says}' })).toEqual([
      '3 connection.start-ok (its fields are not recorded)',
    ])
  })

  test('differs from another by fields', () => {
    const { lines } = diff(root, ['orders', 'service'])
    expect(lines.join('\n')).toContain('fields/args/queue: "vcr-orders" -> "greetings"')
  })
})

describe('entries that only claim to be of the socket', () => {
  test('are shown as what they are, whatever their bytes are', async () => {
    const entries: Entry[] = []
    for (const name of names) {
      using reader = openReader(join(committed, `${name}.rrbin`), { limits: NO_LIMITS })
      for (let index = 0; index < reader.count; index++) {
        const entry = decodeEntry(Buffer.from(reader.entry(index)))
        if (Buffer.from(entry.op).toString().startsWith('std.msg.lab.')) continue
        for (const damage of damages) entries.push({ ...entry, req: damage(entry.req), resp: damage(entry.resp) })
      }
    }
    await withConfig(
      { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path: 'garbage.rrbin' },
      (handle) => {
        for (const { op, key, req, resp } of entries) {
          const [opText, keyText] = [op, key].map((bytes) => Buffer.from(bytes).toString()) as [string, string]
          handle.appendEntry({
            kind: 'rr',
            op: opText,
            key: keyText,
            req,
            resp,
            err: 0,
            latencyTicks: 1,
            seq: handle.begin(),
          })
        }
      },
      { root },
    )
    expect(await shown('garbage')).toHaveLength(entries.length)
    expect(await shown('garbage', { json: true })).toHaveLength(entries.length)
    expect(diff(root, ['garbage', 'garbage']).exitCode).toBe(0)
    using reader = openReader(join(root, '.x07_rr', 'garbage.rrbin'), { limits: NO_LIMITS })
    joinCauses(reader)
    const kinds = new Set(Array.from({ length: reader.count }, (_, index) => viewEntry(reader, index).kind))
    expect(kinds).toContain('other')
  })
})

const limits = {
  maxCassetteBytes: 100_000_000n,
  maxEntries: 100_000,
  maxReqBytes: 1_000_000,
  maxRespBytes: 1_000_000,
  maxKeyBytes: 1_000,
}

/** What may happen to bytes: cut anywhere, one octet another, others altogether. */
const damages: ((bytes: Uint8Array) => Uint8Array)[] = [
  ...[0, 1, 3, 5, 9, 14, 20].map((length) => (bytes: Uint8Array) => bytes.subarray(0, length)),
  ...[0, 3, 4, 7, 9, 11, 13, 17, 25, 40].map((place) => (bytes: Uint8Array) => {
    const changed = Buffer.from(bytes)
    if (place < changed.length) changed[place] = 0xff
    return changed
  }),
  () => Buffer.from('[1]'),
  () => Buffer.from('null'),
  () => Buffer.alloc(200, 0xfe),
]
