import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Options } from 'amqplib'
import { decodeEnvelope, encodeEnvelope, openVcr, type Driver } from '@x07-lab/msg-core'
import { afterAll, describe, expect, test } from 'vitest'
import { pythonWith } from '../../../../tests/support/pypi.ts'
import { openAmqp } from '../../src/index.ts'
import { amqpBroker } from '../support/broker.ts'

const broker = await amqpBroker()
const port = broker?.port ?? 0
const python = broker && pythonWith('pika==1.4.4', 'amqp==5.3.1')
const program = new URL('../support/third_party.py', import.meta.url).pathname
const document = new URL('../../../../docs/wire-fidelity.md', import.meta.url)

type Library = 'pika' | 'amqp'

function run(...args: readonly string[]): string {
  return execFileSync(python ?? '', [program, ...args], { encoding: 'utf8', maxBuffer: 64 * 1_048_576 })
}

/** Writes its messages to a queue, and says what each of them is. */
type Writer = (queue: string) => Promise<readonly string[]>

const byPython =
  (library: Library): Writer =>
  (queue) =>
    Promise.resolve(JSON.parse(run('write', library, String(port), queue)) as string[])

/** Every type tag that amqplib can be told to write, at the ends of its range. */
const clientFields: readonly (readonly [title: string, value: unknown])[] = [
  ['t, bool', true],
  ['b, int8', { '!': 'int8', value: -128 }],
  ['B, uint8', { '!': 'uint8', value: 255 }],
  ['s, int16', { '!': 'int16', value: -32_768 }],
  ['u, uint16', { '!': 'uint16', value: 65_535 }],
  ['I, int32', { '!': 'int32', value: -2_147_483_648 }],
  ['i, uint32', { '!': 'uint32', value: 4_294_967_295 }],
  ['l, int64', { '!': 'int64', value: -(2n ** 63n) }],
  ['T, timestamp', { '!': 'timestamp', value: 1_796_009_000 }],
  ['D, decimal', { '!': 'decimal', value: { places: 2, digits: 314 } }],
  ['S, long string', 'é\u{1F600}'],
  ['x, bytes', Buffer.from([0, 255])],
  ['A, array', ['x', null, { '!': 'int8', value: 1 }, ['y']]],
  ['F, table', { z: 'last', a: { '!': 'uint16', value: 7 }, n: { m: null } }],
  ['V, void', null],
]

/** pika reads floating-point numbers as whole ones (see findings): py-amqp reads these. */
const clientFloats: typeof clientFields = [
  ['f, float', { '!': 'float', value: 1.5 }],
  ['d, double', { '!': 'double', value: 0.1 }],
  ['d, double, the largest', { '!': 'double', value: Number.MAX_VALUE }],
  ['d, double, minus zero', { '!': 'double', value: -0 }],
]

const byClient =
  (fields: typeof clientFields): Writer =>
  async (queue) => {
    const client = await connect(`amqp://guest:guest@127.0.0.1:${port}`)
    const channel = await client.createConfirmChannel()
    const options = fields.map(([, value]): Options.Publish => ({ headers: { a: value }, persistent: true }))
    for (const option of options) channel.sendToQueue(queue, Buffer.from('x'), option)
    await channel.waitForConfirms()
    await client.close()
    return fields.map(([title]) => `field type ${title}`)
  }

const queues = ['in', 'direct', 'out'] as const

/** What a third party reads of the originals, and of what was published again from the replay of their recording. */
async function compare(writer: Writer, reader: Library): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'fidelity-'))
  const id = randomUUID()
  const physical = (name: string): string => `${name}.${id}`
  const live = (): Promise<Driver> =>
    openAmqp({
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      topology: { queues: queues.map((name) => ({ name })), consumers: [{ queue: 'in' }] },
      physical,
    })
  const through = async (open: () => Promise<Driver>, count: number): Promise<Uint8Array[]> => {
    await using driver = await openVcr({ cassette: 'fidelity.rrbin', root, ci: false, live: open })
    const seen: Uint8Array[] = []
    for await (const delivery of driver.deliveries()) {
      seen.push(delivery.envelope.slice())
      await delivery.settle('ack')
      if (seen.length === count) break
    }
    return seen
  }
  await using plain = await live()
  try {
    await plain.ensureTopology()
    const titles = await writer(physical('in'))
    await writer(physical('direct'))
    const recorded = await through(live, titles.length)
    const replayed = await through(() => Promise.reject(new Error('a replay needs no broker')), titles.length)
    expect(replayed).toEqual(recorded)
    for (const envelope of replayed) {
      const again = encodeEnvelope({ ...decodeEnvelope(envelope), key: Buffer.from('out') })
      expect(await plain.publish(again)).toMatchObject({ status: 'confirmed' })
    }
    const read = (queue: string): string[] =>
      run('read', reader, String(port), physical(queue), String(titles.length)).trim().split('\n')
    const [before, after] = [read('direct'), read('out')]
    return titles.map((title, n) => ({ title, before: before[n], after: after[n] }))
  } finally {
    await using cleaner = await openAmqp({
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      topology: { queues: queues.map((name) => ({ name })) },
      physical,
    })
    await cleaner.removeTopology()
    rmSync(root, { recursive: true })
  }
}

interface Row {
  readonly title: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Lines of the table, by writer and reader. */
const told = new Map<string, readonly string[]>()

describe.skipIf(python === undefined)(
  'what another client sends is received, recorded, replayed, published again',
  () => {
    const rows: readonly (readonly [name: string, writer: Writer, reader: Library])[] = [
      ['pika', byPython('pika'), 'pika'],
      ['py-amqp', byPython('amqp'), 'amqp'],
      ['amqplib', byClient(clientFields), 'pika'],
      ['amqplib', byClient(clientFloats), 'amqp'],
    ]
    for (const [name, writer, reader] of rows) {
      test(`as ${name} wrote it and ${reader} reads it`, async () => {
        const readerName = reader === 'amqp' ? 'py-amqp' : reader
        const compared = await compare(writer, reader)
        for (const { title, before, after } of compared) expect(after, title).toBe(before)
        told.set(
          `${name} ${reader}`,
          compared.map(({ title }) => `| ${title} | ${name} | ${readerName} | equal |`),
        )
      })
    }

    afterAll(() => {
      const text = readFileSync(document, 'utf8')
      // Some of the clients are not here, or what they see differs: the table cannot be told.
      if (told.size < rows.length) return
      const lines = rows.flatMap(([name, , reader]) => told.get(`${name} ${reader}`) ?? [])
      const made = text.replace(section, `$1\n${heading}\n${lines.join('\n')}\n$2`)
      if (process.env['X07_LAB_WRITE_DOCS'] === '1') writeFileSync(document, made)
      else expect(text).toBe(made)
    })
  },
)

const section = /(<!-- AMQP: written by the live tests -->)[^]*?(<!-- AMQP ends -->)/
const heading = '\n| what | written by | read by | after receive, record, replay and publish |\n|---|---|---|---|'
