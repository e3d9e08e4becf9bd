import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openReader, NO_LIMITS } from '@x07-lab/msg-core/format'
import { exportCassette } from '../../src/commands/cassette/export.ts'
import { importMessages } from '../../src/commands/cassette/import.ts'
import { viewEntry } from '../../src/inspect/entry-view.ts'
import type { ExportForm, ImportForm } from '../../src/transfer/names.ts'

let root = ''
let notes: string[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'transfer-'))
  mkdirSync(join(root, '.x07_rr'))
  notes = []
})
afterEach(() => rmSync(root, { recursive: true }))

/** A message of every shape that a broker holds. */
const everything = [
  {
    topic: 't',
    key: 'k',
    value: '{"n":1}',
    headers: [
      ['a', '1'],
      ['a', '2'],
      ['', 'x'],
      ['null', null],
    ],
    metadata: { offset: '0', partition: 2 },
  },
  { topic: 't', key: null, value: null, headers: [] },
  { topic: 't', key: '', value: '', headers: [] },
  {
    topic: 't',
    key: { base64: '/wA=' },
    value: { base64: '/////w==' },
    headers: [
      ['raw', { base64: '/w==' }],
      ['n', { type: 'int64', value: '9007199254740993' }],
    ],
  },
  {
    topic: 'ü',
    key: 'tab\tand "quotes"',
    value: 'two\nlines',
    headers: [['toString', 'kept']],
    properties: { priority: 4 },
  },
]

async function bring(from: ImportForm, content: string, more: { readonly topic?: string } = {}): Promise<void> {
  const file = join(root, 'in')
  writeFileSync(file, content)
  await importMessages(root, { file, from, cassette: 'c', cwd: root, stdin: () => process.stdin, ...more })
}

async function take(
  to: ExportForm,
  more: { readonly out?: string } = {},
): Promise<{ readonly text: string; readonly code: number }> {
  const output = new PassThrough()
  const chunks: Buffer[] = []
  output.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await exportCassette(root, { file: 'c', to, ...more }, output, (line) => notes.push(line))
  return { text: Buffer.concat(chunks).toString(), code }
}

function lines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

function withoutMetadata(message: object): object {
  return Object.fromEntries(Object.entries(message).filter(([name]) => name !== 'metadata'))
}

describe('messages go in and out', () => {
  test('as NDJSON, with nothing lost', async () => {
    await bring('ndjson', lines(everything))
    const { text, code } = await take('ndjson')
    expect(code).toBe(0)
    const back = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { metadata?: unknown })
    expect(back.map(withoutMetadata)).toEqual(everything.map(withoutMetadata))
    expect(back[0]?.metadata).toEqual({ offset: '0', partition: 2, redelivered: false })
  })

  test('as kcat writes them, and what its JSON cannot carry is told', async () => {
    const one = {
      topic: 't',
      partition: 1,
      offset: 7,
      tstype: 'create',
      ts: 1_700_000_000_000,
      broker: 1,
      headers: ['a', '1', 'a', '2'],
      key: null,
      payload: 'x',
    }
    await bring('kcat', lines([one, { ...one, headers: [], key: '', payload: null }]))
    const { text, code } = await take('kcat')
    expect(code).toBe(0)
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { ...one, broker: -1 },
      {
        topic: 't',
        partition: 1,
        offset: 7,
        tstype: 'create',
        ts: 1_700_000_000_000,
        broker: -1,
        key: '',
        payload: null,
      },
    ])
    rmSync(join(root, '.x07_rr', 'c.rrbin'))
    await bring('ndjson', lines(everything))
    expect((await take('kcat')).code).toBe(1)
    expect(notes).toEqual([
      'kcat cannot carry of entry 1: header null, which is null',
      'kcat cannot carry of entry 7: header raw, which is not UTF-8',
      'kcat cannot carry of entry 7: the type of header n',
      'kcat cannot carry of entry 7: its key, which is not UTF-8',
      'kcat cannot carry of entry 7: its value, which is not UTF-8',
      'kcat cannot carry of entry 9: its properties priority',
    ])
  })

  test('as lines for kcat -P, without the messages that would become others', async () => {
    await bring('ndjson', lines(everything))
    expect(await take('kcat-lines')).toEqual({ text: 'k\t{"n":1}\n\t\n\t\n', code: 1 })
    expect(notes).toContain('kcat-lines cannot carry of entry 9: the message: its key holds a tab or a line end')
  })

  test('as the console consumer prints them', async () => {
    const printed = [
      'CreateTime:1700000000000\tPartition:1\tOffset:42\ttrace:x,empty:\tk\tvalue\twith a tab',
      'Offset:43\tNO_HEADERS\tnull\tv',
      'k\tnull',
      '',
      'value alone',
    ]
    await bring('console-consumer', `${printed.join('\n')}\n`, { topic: 'orders' })
    const { text } = await take('ndjson')
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      {
        topic: 'orders',
        key: 'k',
        value: 'value\twith a tab',
        headers: [
          ['trace', 'x'],
          ['empty', ''],
        ],
        metadata: { offset: '42', partition: 1, timestamp: '1700000000000' },
      },
      { key: null, value: 'v', headers: [], metadata: { offset: '43' } },
      { key: 'k', value: null },
      { key: null, value: '' },
      { key: null, value: 'value alone' },
    ])
  })

  test("as rabtap's folder, in the order of receipt, and out again as the same messages", async () => {
    const folder = join(root, 'tap')
    mkdirSync(folder)
    const tapped = (received: string, body: string) => ({
      Headers: { n: 3, big: 5_000_000_000, yes: true, list: ['a', 1] },
      ContentType: 'text/plain',
      ContentEncoding: '',
      DeliveryMode: 2,
      Priority: 7,
      CorrelationID: 'c-1',
      ReplyTo: '',
      Expiration: '',
      MessageID: 'm-1',
      Timestamp: '2023-11-14T22:13:20Z',
      Type: '',
      UserID: '',
      AppID: '',
      DeliveryTag: 9,
      Redelivered: false,
      Exchange: 'orders',
      RoutingKey: 'new',
      XRabtapReceivedTimestamp: received,
      Body: Buffer.from(body).toString('base64'),
    })
    writeFileSync(
      join(folder, 'rabtap-200.json'),
      JSON.stringify(tapped('2026-01-01T00:00:00.000000001+01:00', 'first')),
    )
    writeFileSync(
      join(folder, 'rabtap-100.json'),
      JSON.stringify({ ...tapped('2026-01-01T00:00:00.000000002+01:00', ''), Body: '' }),
    )
    writeFileSync(join(folder, 'rabtap-100.dat'), 'second')
    await importMessages(root, { file: folder, from: 'rabtap', cassette: 'c', cwd: root, stdin: () => process.stdin })
    const { text } = await take('ndjson')
    const [first, second] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(first).toEqual({
      topic: 'orders',
      key: 'new',
      value: 'first',
      headers: [
        ['content-type', 'text/plain'],
        ['message-id', 'm-1'],
        ['n', { type: 'int32', value: 3 }],
        ['big', { type: 'int64', value: '5000000000' }],
        ['yes', { type: 'bool', value: true }],
        ['list', { type: 'array', value: ['a', { type: 'int32', value: 1 }] }],
      ],
      properties: { deliveryMode: 2, priority: 7, correlationId: 'c-1', timestamp: '1700000000' },
      metadata: { exchange: 'orders', redelivered: false },
    })
    expect(second?.['value']).toBe('second')
    await take('rabtap', { out: join(root, 'again') })
    const out = JSON.parse(readFileSync(join(root, 'again', 'rabtap-0.json'), 'utf8')) as Record<string, unknown>
    expect(out).toMatchObject({
      ContentType: 'text/plain',
      Priority: 7,
      Timestamp: '2023-11-14T22:13:20.000Z',
      RoutingKey: 'new',
    })
    expect(readFileSync(join(root, 'again', 'rabtap-1.dat'), 'utf8')).toBe('second')
  })

  test('as rabbitmq_tracing writes the firehose: publishes once', async () => {
    const event = {
      timestamp: '2026-01-01 0:00:00:001',
      type: 'published',
      exchange: '',
      routing_keys: ['work'],
      properties: { content_type: 'text/plain', headers: { 'x-n': 1 }, delivery_mode: 2 },
      payload: Buffer.from('job').toString('base64'),
    }
    await bring('firehose', lines([event, { ...event, type: 'received', queue: 'work' }]))
    expect(JSON.parse((await take('ndjson')).text)).toMatchObject({
      topic: 'work',
      key: 'work',
      value: 'job',
      properties: { deliveryMode: 2 },
    })
  })

  test('as a table in which nothing is a formula', async () => {
    await bring(
      'ndjson',
      lines([
        { topic: 't', key: '=1+1', value: 'a,"b"', headers: [] },
        { topic: 't', key: '-5', value: '@x', headers: [] },
      ]),
    )
    expect((await take('csv')).text.trimEnd().split('\n')).toEqual([
      'where,topic,key,value,headers,properties,metadata',
      `entry 1,t,'=1+1,"a,""b""",,,"{""redelivered"":false}"`,
      `entry 3,t,-5,'@x,,,"{""redelivered"":false}"`,
    ])
  })
})

describe('what comes in', () => {
  test('is a sealed cassette: each message published and delivered in turn', async () => {
    await bring('ndjson', lines(everything.slice(0, 2)))
    using cassette = openReader(join(root, '.x07_rr', 'c.rrbin'), { limits: NO_LIMITS })
    const views = Array.from({ length: cassette.count }, (_, at) => viewEntry(cassette, at))
    expect(views.map(({ kind, begin }) => [kind, begin])).toEqual([
      ['publish', 0],
      ['delivery', 2],
      ['publish', 4],
      ['delivery', 6],
      ['seal', 8],
    ])
  })

  test.for([
    [
      'ndjson',
      '{"topic":"t"}\nnot json\n',
      'line 2: it is not JSON, expected a message of cassette export --to ndjson',
    ],
    ['ndjson', '{"topic":"t","value":{"base64":"!"}}\n', 'line 1: "value" must be text, null or {"base64": "…"}'],
    ['ndjson', '[]\n', 'line 1: it is not a JSON object'],
    [
      'ndjson',
      'k\tv\n',
      'expected a message of cassette export --to ndjson; if another tool wrote it, --from tells which: kcat, console-consumer,',
    ],
    ['kcat', '{"topic":"t","headers":["a"]}\n', 'line 1: "headers" must be a list of names and values in turn'],
    ['kcat', '{"key":"k"}\n', 'line 1: "topic" is missing'],
    ['console-consumer', 'v\n', 'line 1: the console consumer does not print the topic; give it with --topic'],
    ['firehose', '{"type":"published"}\n', 'line 1: "exchange" is missing'],
    ['firehose', '{"type":"nope"}\n', 'line 1: "type" must be published or received, and is nope'],
    ['firehose', '{"type":"published","exchange":"e","payload":"a b"}\n', 'line 1: "payload" is not Base64'],
    [
      'kcat',
      '{"topic":"t","offset":9223372036854775807}\n',
      'line 1: "offset" is 9223372036854776000, and beyond 9007199254740991 JSON keeps no number exactly',
    ],
    ['ndjson', '', 'it holds no message'],
  ] as const)('as %s is refused with its line: %j', async ([from, content, message]) => {
    await expect(bring(from, content)).rejects.toThrow(message)
  })

  test('takes the place of no cassette', async () => {
    await bring('ndjson', lines(everything))
    await expect(bring('ndjson', lines(everything))).rejects.toThrow('cassette import: c.rrbin is there already')
  })
})
