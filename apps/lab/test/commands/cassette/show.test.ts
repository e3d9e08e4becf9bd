import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import { encodeRecord } from '@x07-lab/msg-core/format'
import { withConfig } from '@x07-lab/msg-core/rr'
import { show, type ShowRequest } from '../../../src/commands/cassette/show.ts'

let root = ''
const limits = {
  maxCassetteBytes: 1_048_576n,
  maxEntries: 100,
  maxReqBytes: 65_536,
  maxRespBytes: 65_536,
  maxKeyBytes: 100,
}

function message(key: string | null, value: Uint8Array | null, more: Partial<Message> = {}): Message {
  return { topic: 'orders', key: key === null ? null : Buffer.from(key), value, headers: [], ...more }
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'show-'))
  mkdirSync(join(root, '.x07_rr'))
  const endpoint = Buffer.from('local_kafka_v1')
  const first = encodeEnvelope(
    message('k-1', Buffer.from('{"n":1}'), {
      headers: [
        ['traceparent', 'x'],
        ['id', new Uint8Array([255])],
      ],
    }),
  )
  const second = encodeEnvelope(
    message(null, gzipSync('a long secret word'), { headers: [['content-encoding', 'gzip']] }),
  )
  const entry = (opTag: 1 | 2, envelope: Uint8Array, ack: unknown, ackTag: 1 | 2, seq: number, ticks: number) => ({
    kind: 'rr',
    op: `std.msg.kafka.${opTag === 1 ? 'publish' : 'poll'}_env_v1`,
    key: 'local_kafka_v1',
    req: envelope,
    resp: encodeRecord({
      opTag,
      driverKind: 1,
      endpoint,
      envelope,
      ackTag,
      ack: Buffer.from(typeof ack === 'string' ? ack : JSON.stringify(ack)),
    }),
    err: 0,
    seq,
    latencyTicks: ticks,
  })
  await withConfig(
    { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path: 'c.rrbin' },
    (handle) => {
      handle.appendEntry(entry(1, first, { offset: '0', partition: 0 }, 1, 0, 1_234))
      handle.appendEntry(entry(1, second, 'queue is full\u001b[2J', 2, 1, 5))
      handle.appendEntry(entry(2, first, { offset: '0', partition: 0, redelivered: false }, 2, 4, 2_000_000))
      handle.appendEntry({
        kind: 'rr',
        op: 'std.msg.kafka.poll_env_v1',
        key: 'local_kafka_v1',
        req: new Uint8Array(0),
        resp: Buffer.from('the group is gone'),
        err: 9907,
        seq: 6,
      })
    },
    { root },
  )
})
afterAll(() => rmSync(root, { recursive: true }))

async function shown(request: Partial<ShowRequest>): Promise<string[]> {
  let text = ''
  const output = new Writable({ write: (chunk, _, done) => ((text += String(chunk)), done()) })
  expect(await show(root, { file: 'c', filter: {}, ...request }, output)).toBe(0)
  return text.trimEnd().split('\n')
}

describe('cassette show', () => {
  test('tells every entry in a line, bodies decompressed, nothing that steers a terminal', async () => {
    expect(await shown({})).toEqual([
      '      0     1.2 ms  publish   local_kafka_v1  orders  k-1  7 B  confirmed  {"n":1}',
      '      1       5 µs  publish   local_kafka_v1  orders  (null)  38 B  refused  a long secret word',
      '      2     2.00 s  delivery  local_kafka_v1  orders  k-1  7 B  reject  {"n":1}',
      '      3       0 µs  delivery  local_kafka_v1  17 B  failed  the group is gone',
    ])
  })

  test('cuts lines at the width of the terminal', async () => {
    expect((await shown({ columns: 40 }))[0]).toBe('      0     1.2 ms  publish   local_kaf…')
  })

  test('tells one entry whole: types, readings, cause, body', async () => {
    expect(await shown({ entry: 2 })).toEqual([
      'entry 2  delivery  reject',
      '  op         std.msg.kafka.poll_env_v1',
      '  lane       local_kafka_v1',
      '  took       2.00 s, began at position 4',
      '  size       541 bytes in the cassette',
      '  caused by  entry 0, the publish of this message',
      '  offset     0',
      '  partition  0',
      '  redelivered false',
      '  topic      orders',
      '  key        k-1',
      '  header     traceparent: x',
      '  header     id: bytes 0xff',
      '  value, 7 bytes',
      '    {',
      '      "n": 1',
      '    }',
    ])
    expect(await shown({ entry: 0 })).toContain('  caused     entry 2')
    expect(await shown({ entry: 1 })).toEqual(
      expect.arrayContaining([
        String.raw`  reason     queue is full\u001b[2J`,
        '  read as    gzip',
        '    a long secret word',
      ]),
    )
  })

  test.for([
    [{ filter: { grep: 'secret' } }, ['1']],
    [{ filter: { op: 'poll' } }, ['2', '3']],
    [{ filter: { key: 'k-' } }, ['0', '2']],
    [{ filter: { lane: 'amqp' } }, ['']],
    [{ filter: { op: 'publish', key: 'k-1' } }, ['0']],
  ] as const)('shows what is asked for: %j', async ([request, entries]) => {
    expect(await shown({ ...request, format: '{entry}' })).toEqual(entries)
  })

  test('says so where there is nothing to show', async () => {
    const notes: string[] = []
    const output = new Writable({ write: (_chunk, _, done) => done() })
    await show(root, { file: 'c', filter: { key: 'k-' } }, output, (line) => notes.push(line))
    await show(root, { file: 'c', filter: { lane: 'amqp' } }, output, (line) => notes.push(line))
    expect(notes).toEqual(['c: none of its 4 entries is one of those asked for'])
  })

  test('shows the entries that a report names', async () => {
    const report = join(root, 'report.json')
    writeFileSync(
      report,
      JSON.stringify({ divergences: [{ kind: 'changed', entry: 2, sameAs: 0 }], divergenceCount: 1 }),
    )
    expect(await shown({ divergent: report, format: '{entry}' })).toEqual(['0', '2'])
  })

  test('writes a line by a template', async () => {
    expect((await shown({ format: String.raw`{{{entry}}\t{key}\t{metadata}` }))[0]).toBe(
      '{0}\tk-1\t{"offset":"0","partition":0}',
    )
    expect((await shown({ format: '{"n":{entry},"x":1}' }))[0]).toBe('{"n":0,"x":1}')
    await expect(shown({ format: '{value|json}' })).rejects.toThrow('--format: {value|json} is not a field;')
    await expect(shown({ format: '' })).rejects.toThrow('--format "": give a template')
    await expect(shown({ format: 'yaml' })).rejects.toThrow('--format "yaml": give a template with a field, such as')
    await expect(shown({ format: '{entry} {body}' })).rejects.toThrow(
      '--format: {body} is not a field; the fields are entry, kind,',
    )
  })

  test('tells an entry as a document', async () => {
    const [line = ''] = await shown({ entry: 0, json: true })
    expect(JSON.parse(line)).toMatchObject({
      entry: 0,
      key: 'k-1',
      value: '{"n":1}',
      effects: [2],
      cause: null,
      headers: [
        ['traceparent', 'x'],
        ['id', { hex: 'ff' }],
      ],
    })
  })

  test('refuses an entry that is not there', async () => {
    await expect(shown({ entry: 4 })).rejects.toThrow('cassette c: there is no entry 4; it has 4, numbered from 0')
  })
})
