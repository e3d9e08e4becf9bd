import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { encodeEntry, openWriter } from '../format/cassette/index.ts'
import { openReader } from '../format/joined-reader.ts'
import {
  decodeEnvelope,
  DriverError,
  encodeEnvelope,
  type Delivery,
  type Driver,
  type Header,
  type Message,
} from '../index.ts'
import { recording } from '../port/recording/index.ts'
import { replaying } from '../port/replaying/index.ts'

/** A driver under test and how to get rid of it, topics and queues included. */
export interface DriverFixture {
  readonly driver: Driver
  /** Removes what the driver left on the broker and closes it. */
  dispose(): Promise<void>
}

/** What the suite needs to know of a driver. */
export interface DriverSuiteOptions {
  /** Shown in the test titles. */
  readonly name: string
  /** Opens a driver on a fresh, empty topic, its topology ensured. */
  open(): Promise<DriverFixture>
  /** A logical topic that the driver carries. */
  readonly topic: string
  /** An envelope size in bytes that the driver's profile refuses. */
  readonly tooLargeBytes: number
  /** Deliveries that may be handed out and unsettled at once, where the driver bounds them; at most 1,000 for the suite. */
  readonly prefetch?: number
}

/** What one run of a suite test left for its replay. */
interface Recorded {
  readonly path: string
  /** What the program was given, as a person would see it. */
  readonly seen: readonly string[]
}

const utf8 = (text: string): Uint8Array => Buffer.from(text)

/**
 * The cases every driver passes, live or in memory, three times: as it is, recorded, and replayed from that recording, where
 * the program is given the same in the same classes. Call it at the top level of a test file:
 *
 *     driverSuite({ name: 'memory', topic: 'lab.events', tooLargeBytes: 2 ** 20 + 1, open: async () => … })
 */
export function driverSuite(options: DriverSuiteOptions): void {
  const tapes = mkdtempSync(join(tmpdir(), 'driver-suite-'))
  afterAll(() => rmSync(tapes, { recursive: true }))
  const recorded = new Map<string, Recorded[]>()
  /** The recordings of the running test, which its title names in every form of the suite. */
  const ofTest = (form: string): Recorded[] => {
    const title = (expect.getState().currentTestName ?? '').replace(form, '')
    const known = recorded.get(title) ?? []
    recorded.set(title, known)
    return known
  }
  const asRecording = `${options.name}, recorded`
  const asReplay = `${options.name}, replayed`
  suite(options.name, options, () => options.open())
  suite(asRecording, options, async () =>
    recordedFixture(await options.open(), join(tapes, randomUUID()), ofTest(asRecording)),
  )
  suite(asReplay, options, () => Promise.resolve(replayedFixture(ofTest(asReplay))))
}

function recordedFixture(fixture: DriverFixture, path: string, recordings: Recorded[]): DriverFixture {
  const writer = openWriter(path)
  let position = 0
  const driver = recording(fixture.driver, {
    begin: () => position++,
    appendEntry: (fields) => {
      writer.append(encodeEntry(fields))
      position++
    },
  })
  const seen: string[] = []
  return {
    driver: watched(driver, seen),
    dispose: async () => {
      await driver.close()
      await fixture.dispose()
      writer.close()
      recordings.push({ path, seen })
    },
  }
}

function replayedFixture(recordings: Recorded[]): DriverFixture {
  const recorded = recordings.shift()
  if (recorded === undefined) throw new Error('the recording of this test failed')
  const cassette = openReader(recorded.path)
  // A program that did nothing leaves an empty recording, of which no driver can be played.
  const driver = cassette.count === 0 ? undefined : replaying(cassette)
  const seen: string[] = []
  return {
    driver: watched(driver ?? idle, seen),
    dispose: async () => {
      await driver?.close()
      cassette.close()
      if (driver !== undefined) expect(seen.sort()).toEqual([...recorded.seen].sort())
    },
  }
}

/** A driver that is closed and never was anything else. */
const idle: Driver = {
  wire: 'amqp',
  endpoint: 'idle',
  ensureTopology: () => Promise.resolve(),
  publish: () => Promise.reject(new DriverError('closed', 'publish: the driver is closed')),
  deliveries: () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  }),
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/** Writes down what the program is given, classes included. */
function watched(driver: Driver, seen: string[]): Driver {
  const note = (given: unknown): void => void seen.push(inspect(given, { depth: 4, maxArrayLength: 64 }))
  return {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: async (envelope, options) => {
      const result = await driver.publish(envelope, options)
      note(result)
      return result
    },
    deliveries: (options) => {
      const inner = driver.deliveries(options)
      return {
        async *[Symbol.asyncIterator]() {
          for await (const delivery of inner) {
            note(delivery)
            note(decodeEnvelope(delivery.envelope))
            yield delivery
          }
        },
      }
    },
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver.close(),
  }
}

function suite(name: string, options: DriverSuiteOptions, openFixture: () => Promise<DriverFixture>): void {
  const { topic } = options
  const open: DriverFixture[] = []
  const start = async (): Promise<Driver> => {
    const fixture = await openFixture()
    open.push(fixture)
    return fixture.driver
  }
  const message = (n: number | string, over: Partial<Message> = {}): Message => ({
    topic,
    key: utf8('k'),
    value: utf8(`{"n":${n}}`),
    headers: [['message-id', String(n)]],
    ...over,
  })

  afterEach(async () => {
    for (const fixture of open.splice(0)) await fixture.dispose()
  })

  describe(`${name}: publish`, () => {
    test('a message is confirmed, with the answer of the broker as flat metadata', async () => {
      const driver = await start()
      const result = await driver.publish(encodeEnvelope(message(1)))
      expect(result.status).toBe('confirmed')
      if (result.status !== 'confirmed') return
      for (const value of Object.values(result.answer)) expect(typeof value === 'object' && value !== null).toBe(false)
    })

    test('overlapping calls leave in the order of the calls', async () => {
      const driver = await start()
      const sent = Array.from({ length: 50 }, (_, n) => encodeEnvelope(message(n)))
      await Promise.all(sent.map((envelope) => driver.publish(envelope)))
      const got = await take(driver, 50)
      expect(got.map((one) => Buffer.from(one).toString('hex'))).toEqual(
        sent.map((one) => Buffer.from(one).toString('hex')),
      )
    })

    test('an envelope above the limit of the profile is refused as too_large before it is sent', async () => {
      const driver = await start()
      const large = encodeEnvelope(message(1, { value: new Uint8Array(options.tooLargeBytes) }))
      await expect(driver.publish(large)).rejects.toMatchObject({
        name: 'DriverError',
        code: 'too_large',
        retryable: false,
      })
      await driver.publish(encodeEnvelope(message(2)))
      expect((await take(driver, 1)).map((one) => decodeEnvelope(one).headers)).toEqual([[['message-id', '2']]])
    })

    test('a call after close is refused as closed', async () => {
      const driver = await start()
      await driver.close()
      await expect(driver.publish(encodeEnvelope(message(1)))).rejects.toMatchObject({ code: 'closed' })
    })
  })

  describe(`${name}: what a message carries arrives byte for byte`, () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, n) => n)
    const unsorted: readonly Header[] = [
      ['b', '2'],
      ['a', '1'],
    ]
    const cases: readonly (readonly [title: string, over: Partial<Message>])[] = [
      ['a null key', { key: null }],
      ['an empty key', { key: new Uint8Array(0) }],
      ['a key that is not UTF-8', { key: everyByte }],
      ['a key longer than 255 bytes', { key: utf8('k'.repeat(300)) }],
      ['a null value (tombstone)', { value: null }],
      ['an empty value', { value: new Uint8Array(0) }],
      ['a binary value', { value: everyByte }],
      [
        'a content type',
        {
          headers: [
            ['content-type', 'application/json'],
            ['message-id', '1'],
          ],
        },
      ],
      [
        'headers beyond ASCII',
        {
          headers: [
            ['message-id', '1'],
            ['näme', 'wört \u{1F600}'],
          ],
        },
      ],
      ['headers out of order', { headers: unsorted }],
      [
        'a header name that occurs twice',
        {
          headers: [
            ['a', '1'],
            ['a', '2'],
            ['message-id', '1'],
          ],
        },
      ],
      [
        'a header value that is not UTF-8',
        {
          headers: [
            ['a', everyByte],
            ['message-id', '1'],
          ],
        },
      ],
      [
        'a null header value',
        {
          headers: [
            ['a', null],
            ['message-id', '1'],
          ],
        },
      ],
      ['no headers', { headers: [] }],
      [
        'a header name like a number',
        {
          headers: [
            ['10', 'x'],
            ['9', 'y'],
            ['a', 'z'],
          ],
        },
      ],
      ['a header named like the reserved one', { headers: [['x07-ext', 'mine']] }],
      ['a header named __proto__', { headers: [['__proto__', 'x']] }],
    ]
    test('each case', async () => {
      const driver = await start()
      const sent = cases.map(([, over], n) => encodeEnvelope(message(n, over)))
      for (const envelope of sent) expect(await driver.publish(envelope)).toMatchObject({ status: 'confirmed' })
      const got = await take(driver, sent.length)
      const order = (envelopes: readonly Uint8Array[]): string[] =>
        envelopes.map((one) => Buffer.from(one).toString('hex')).sort()
      const lost = order(sent).filter((hex) => !order(got).includes(hex))
      expect(lost.map((hex) => cases[sent.findIndex((one) => Buffer.from(one).toString('hex') === hex)]?.[0])).toEqual(
        [],
      )
    })
  })

  describe(`${name}: deliveries`, () => {
    test('an acked message does not come again', async () => {
      const driver = await start()
      await driver.publish(encodeEnvelope(message(1)))
      await driver.publish(encodeEnvelope(message(2)))
      expect(ids(await take(driver, 1))).toEqual(['1'])
      expect(ids(await take(driver, 1))).toEqual(['2'])
    })

    test('a rejected message comes again in its place, marked or at the same position, and nothing overtakes it', async () => {
      const driver = await start()
      for (const n of [1, 2, 3]) await driver.publish(encodeEnvelope(message(n)))
      const seen: string[] = []
      let rejected = false
      await each(driver, async (delivery) => {
        const id = idOf(delivery)
        seen.push(id)
        if (id === '1' && !rejected) {
          rejected = true
          await delivery.settle('reject')
          return false
        }
        await delivery.settle('ack')
        return id === '3'
      })
      expect(seen).toEqual(['1', '1', '2', '3'])
    })

    test('settling twice does nothing the second time', async () => {
      const driver = await start()
      await driver.publish(encodeEnvelope(message(1)))
      await driver.publish(encodeEnvelope(message(2)))
      const seen: string[] = []
      await each(driver, async (delivery) => {
        seen.push(idOf(delivery))
        await delivery.settle('ack')
        await delivery.settle('reject')
        return seen.length === 2
      })
      expect(seen).toEqual(['1', '2'])
    })

    test('the iteration ends without an error when its signal aborts, even while it waits', async () => {
      const driver = await start()
      const stop = new AbortController()
      const waiting = (async () => {
        for await (const delivery of driver.deliveries({ signal: stop.signal })) await delivery.settle('ack')
        return 'ended'
      })()
      stop.abort()
      expect(await waiting).toBe('ended')
    })

    test('a second iteration at the same time is refused', async () => {
      const driver = await start()
      const stop = new AbortController()
      const first = driver.deliveries({ signal: stop.signal })[Symbol.asyncIterator]()
      const waiting = first.next()
      expect(() => driver.deliveries()).toThrow(expect.objectContaining({ code: 'protocol' }))
      stop.abort()
      expect(await waiting).toMatchObject({ done: true })
    })

    test('one that begins after the close ends at once', async () => {
      const driver = await start()
      await driver.close()
      expect(await driver.deliveries()[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
    })

    test('closing ends the iteration', async () => {
      const driver = await start()
      const waiting = driver.deliveries()[Symbol.asyncIterator]().next()
      await driver.close()
      expect(await waiting).toMatchObject({ done: true })
    })
  })

  test(`${name}: ensureTopology may be repeated, close too`, async () => {
    const driver = await start()
    await driver.ensureTopology()
    await driver.ensureTopology()
    await driver.close()
    await driver.close()
  })
}

/** Acks the next `count` deliveries and gives back copies of their envelopes, in order of arrival. */
async function take(driver: Driver, count: number): Promise<Uint8Array[]> {
  const got: Uint8Array[] = []
  await each(driver, async (delivery) => {
    got.push(new Uint8Array(delivery.envelope))
    await delivery.settle('ack')
    return got.length === count
  })
  return got
}

/** Runs `body` on each delivery until it returns true. */
async function each(driver: Driver, body: (delivery: Delivery) => Promise<boolean>): Promise<void> {
  for await (const delivery of driver.deliveries()) {
    if (await body(delivery)) return
  }
}

function idOf({ envelope }: Pick<Delivery, 'envelope'>): string {
  const header = decodeEnvelope(envelope).headers.find(([name]) => name === 'message-id')
  return typeof header?.[1] === 'string' ? header[1] : ''
}

function ids(envelopes: readonly Uint8Array[]): string[] {
  return envelopes.map((envelope) => idOf({ envelope }))
}
