import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEntry, NO_LIMITS, openReader, type Entry } from '@x07-lab/msg-core/format'
import { withConfig } from '@x07-lab/msg-core/rr'
import { ByteWriter, writeContentHeader, writeMethod, type Method } from '@x07-lab/msg-amqp/protocol'
import { encodeBody } from '@x07-lab/msg-kafka/protocol'
import { diff } from '../../src/commands/cassette/diff.ts'
import { exportCassette } from '../../src/commands/cassette/export.ts'
import { show, type ShowRequest } from '../../src/commands/cassette/show.ts'
import { joinCauses } from '../../src/inspect/causes.ts'
import { viewEntry } from '../../src/inspect/entry-view.ts'

const committed = join(import.meta.dirname, '..', '..', '..', '..', 'packages', 'vcr', 'test', 'cassettes', '.x07_rr')
const names = ['orders', 'service', 'kafka-orders'] as const

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
      'publish vcr-orders vcr-orders confirmed {"order":1}',
      'publish vcr-orders vcr-orders confirmed {"order":2}',
      'publish vcr-orders vcr-orders confirmed {"order":3}',
      'delivery vcr-orders vcr-orders ack {"order":1}',
      'other   confirmed basic.ack deliveryTag 1',
      'delivery vcr-orders vcr-orders ack {"order":2}',
    ])
    expect(lines[26]).toBe('other   ack basic.ack deliveryTag 1')
  })

  test('tells a multiple ack, a nack, and a consumer without acks from each other', async () => {
    const program: readonly (readonly [from: 'client' | 'server', method: Method])[] = [
      ['client', consumeOf('free', true)],
      ['server', { name: 'basic.consume-ok', args: { consumerTag: 'free' } }],
      ['client', consumeOf('kept', false)],
      ['server', { name: 'basic.consume-ok', args: { consumerTag: 'kept' } }],
      ['server', deliveryOf('kept', 1n)],
      ['server', deliveryOf('free', 2n)],
      ['server', deliveryOf('kept', 3n)],
      ['server', deliveryOf('kept', 4n)],
      ['client', { name: 'basic.ack', args: { deliveryTag: 3n, multiple: true } }],
      ['client', { name: 'basic.nack', args: { deliveryTag: 4n, multiple: false, requeue: true } }],
    ]
    await withConfig(
      { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path: 'settles.rrbin' },
      (handle) => {
        for (const [from, method] of program) {
          const bytes = stored(method)
          const none = new Uint8Array(0)
          const [req, resp] = from === 'client' ? [bytes, none] : [none, bytes]
          const op = `std.msg.amqp.${from}_cmd_v1`
          handle.appendEntry({
            kind: 'rr',
            op,
            key: 'amqp#1/1',
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
    const lines = await shown('settles', { format: '{kind} {outcome}' })
    expect(lines.slice(4, 8)).toEqual(['delivery ack', 'delivery ', 'delivery ack', 'delivery nack'])
  })

  test('is compared by what its commands say, not by the names that each run makes anew', async () => {
    const record = (path: string, consumerTag: string, deliveries: number): Promise<void> =>
      withConfig(
        { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path },
        (handle) => {
          for (let at = 1; at <= deliveries; at++) {
            const resp = stored(deliveryOf(consumerTag, BigInt(at)))
            const [op, req] = ['std.msg.amqp.server_cmd_v1', new Uint8Array(0)]
            handle.appendEntry({
              kind: 'rr',
              op,
              key: 'amqp#1/1',
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
    await record('one.rrbin', 'amq.ctag-one', 3)
    await record('other.rrbin', 'amq.ctag-other', 3)
    await record('longer.rrbin', 'amq.ctag-longer', 4)
    expect(diff(root, ['one', 'other'])).toMatchObject({ exitCode: 0 })
    expect(diff(root, ['one', 'longer']).lines.filter((line) => /entry|only|more/.test(line))).toHaveLength(1)
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

describe('a Kafka recording of an unmodified program', () => {
  test('reads as publishes, deliveries, commits and calls', async () => {
    const lines = await shown('kafka-orders', { format: '{entry} {kind} {topic} {key} {outcome} {says}' })
    expect(lines[3]).toMatch(/^3 other {4}CreateTopics v3 topics vcr-kafka-orders numPartitions 1/)
    expect([9, 11, 13, 29].map((entry) => lines[entry])).toEqual([
      '9 publish vcr-kafka-orders k1 confirmed ',
      '11 publish vcr-kafka-orders k2 confirmed ',
      '13 publish vcr-kafka-orders k3 confirmed ',
      '29 delivery vcr-kafka-orders k1  ',
    ])
    expect(lines[30]).toBe('30 other    commit of vcr-kafka-readers: vcr-kafka-orders/0 at 3')
  })

  test('counts the messages of an entry in its line, and shows and finds all of them', async () => {
    expect((await shown('kafka-orders'))[29]).toContain('  3 messages  {"order":1,')
    const lines = await shown('kafka-orders', { entry: 29 })
    expect(lines.filter((line) => /^ {2}(?:message|key|offset) /.test(line))).toEqual([
      expect.stringMatching(/offset +0/),
      expect.stringMatching(/key +k1/),
      '  message 2 of 3',
      expect.stringMatching(/offset +1/),
      expect.stringMatching(/key +k2/),
      '  message 3 of 3',
      expect.stringMatching(/offset +2/),
      expect.stringMatching(/key +k3/),
    ])
    const found = await shown('kafka-orders', { filter: { key: 'k3' }, format: '{entry}' })
    expect(found).toEqual(['13', '29'])
  })

  test('joins one delivery to the publishes of all its messages', () => {
    using reader = openReader(join(committed, 'kafka-orders.rrbin'), { limits: NO_LIMITS })
    const causes = joinCauses(reader)
    expect(causes.causeOf(29)).toBe(9)
    expect([9, 11, 13].map((entry) => causes.effectsOf(entry))).toEqual([[29], [29], [29]])
  })

  test('goes out as each message that was delivered', async () => {
    expect((await exported('kafka-orders')).map(({ key }) => key)).toHaveLength(3)
  })
})

describe('secrets that a call to Kafka holds', () => {
  test('are masked in every view', async () => {
    const body = encodeBody(44, 1, 'request', {
      resources: [
        {
          resourceType: 4,
          resourceName: '1',
          configs: [
            { name: 'ssl.keystore.password', configOperation: 0, value: 'hunter2' },
            { name: 'log.retention.ms', configOperation: 0, value: '1000' },
          ],
        },
      ],
      validateOnly: false,
    })
    const req = Buffer.concat([Buffer.from([0, 44, 0, 1]), body])
    await withConfig(
      { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path: 'secret.rrbin' },
      (handle) => {
        const op = 'std.msg.kafka.client_call_v1'
        const [key, resp] = ['IncrementalAlterConfigs', new Uint8Array(0)]
        handle.appendEntry({ kind: 'rr', op, key, req, resp, err: 0, latencyTicks: 1, seq: handle.begin() })
      },
      { root },
    )
    const views = [{}, { json: true }, { entry: 0 }, { entry: 0, json: true }]
    const lines = (await Promise.all(views.map((view) => shown('secret', view)))).flat().join('\n')
    expect(lines).toContain('log.retention.ms')
    expect(lines).toContain('(secret)')
    expect(lines).not.toContain('hunter2')
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

function consumeOf(consumerTag: string, noAck: boolean): Method {
  const args = {
    ticket: 0,
    queue: 'q',
    consumerTag,
    noLocal: false,
    noAck,
    exclusive: false,
    noWait: false,
    arguments: [],
  }
  return { name: 'basic.consume', args }
}

function deliveryOf(consumerTag: string, deliveryTag: bigint): Method {
  return {
    name: 'basic.deliver',
    args: { consumerTag, deliveryTag, redelivered: false, exchange: '', routingKey: 'q' },
  }
}

/** A command as an entry keeps it, with an empty body where it has content. */
function stored(method: Method): Uint8Array {
  const [command, header] = [new ByteWriter(), new ByteWriter()]
  writeMethod(command, method)
  if (method.name === 'basic.deliver') writeContentHeader(header, {}, 0)
  return Buffer.concat(
    [command, header].flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part.result()]
    }),
  )
}

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
