import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  DriverError,
  encodeEnvelope,
  openMemory,
  openVcr,
  withVcr,
  type Driver,
  type VcrOptions,
  type WaitOptions,
} from '../../src/index.ts'

let root = ''
/** What reached the broker of the run under way. */
let asked: string[] = []
let dialled = 0
let told: string[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vcr-'))
  asked = []
  dialled = 0
  told = []
})
afterEach(() => rmSync(root, { recursive: true }))

async function openAsked(): Promise<Driver> {
  dialled++
  const memory = await openMemory()
  const publish = memory.publish.bind(memory)
  return Object.assign(memory, {
    publish: (envelope: Uint8Array, options?: WaitOptions) => {
      asked.push(valueOf(envelope))
      return publish(envelope, options)
    },
  })
}

const settings = (more: Partial<VcrOptions> = {}): VcrOptions => ({
  cassette: 'orders',
  root,
  ci: false,
  live: openAsked,
  log: (_level, message) => void told.push(message),
  ...more,
})

function valueOf(envelope: Uint8Array): string {
  return (
    Buffer.from(envelope)
      .toString('latin1')
      .match(/<(.*)>/)?.[1] ?? ''
  )
}

const message = (value: string): Uint8Array =>
  encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(`<${value}>`), headers: [] })

/** Publishes all at once, and consumes until each came. */
async function program(driver: Driver, values: readonly string[]): Promise<string[]> {
  await driver.ensureTopology()
  const seen: string[] = []
  const consume = async (): Promise<void> => {
    for await (const delivery of driver.deliveries()) {
      seen.push(valueOf(delivery.envelope))
      await delivery.settle('ack')
      if (seen.length === values.length) break
    }
  }
  await Promise.all([...values.map((value) => driver.publish(message(value))), consume()])
  return seen
}

const run = (values: readonly string[], more: Partial<VcrOptions> = {}): Promise<string[]> =>
  withVcr(settings(more), (driver) => program(driver, values))

const files = (): string[] => readdirSync(join(root, '.x07_rr'))
const cassette = (): Buffer => readFileSync(join(root, '.x07_rr/orders.rrbin'))

describe.each(['lookup_v1', 'transcript_v1'] as const)('record_missing in %s', (matchMode) => {
  const missing = { mode: 'record_missing', matchMode } as const

  test('records where there is nothing', async () => {
    await run(['a'], missing)
    expect(asked).toEqual(['a'])
    expect(await run(['a'], { mode: 'replay' })).toEqual(['a'])
  })

  test('asks the broker for what the recording lacks alone, once, and the cassette then replays whole by itself', async () => {
    await run(['a', 'b'])
    asked = []
    expect((await run(['a', 'b', 'c', 'd'], missing)).toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(asked).toEqual(['c', 'd'])
    expect(files()).toEqual(['orders.rrbin'])
    const replayed = await run(['a', 'b', 'c', 'd'], { mode: 'replay', onDivergence: 'throw' })
    expect(replayed.toSorted()).toEqual(['a', 'b', 'c', 'd'])
    asked = []
    await run(['a', 'b', 'c', 'd', 'e'], missing)
    expect(asked).toEqual(['e'])
  })

  test('leaves the cassette and the broker alone where nothing is missing', async () => {
    await run(['a', 'b'])
    const before = cassette()
    dialled = 0
    await run(['a', 'b'], missing)
    expect([dialled, cassette().equals(before), files()]).toEqual([0, true, ['orders.rrbin']])
  })

  test('keeps the cassette as it was, and what the run recorded beside it, where the run fails', async () => {
    await run(['a'])
    const before = cassette()
    const failed = withVcr(settings(missing), async (driver) => {
      await program(driver, ['a', 'b'])
      throw new Error('the program failed')
    })
    await expect(failed).rejects.toThrow('the program failed')
    expect(cassette().equals(before)).toBe(true)
    expect(files()).toEqual([expect.stringMatching(/^orders\.[0-9a-f]{8}\.partial\.rrbin$/), 'orders.rrbin'])
  })

  test('a broker that cannot be reached fails the call that is missing, and the cassette is as it was', async () => {
    await run(['a'])
    const before = cassette()
    const live = (): Promise<Driver> => Promise.reject(new DriverError('connection_lost', 'no broker here'))
    const driver = await openVcr(settings({ ...missing, live }))
    await expect(driver.publish(message('a'))).resolves.toMatchObject({ status: 'confirmed' })
    await expect(driver.publish(message('b'))).rejects.toThrow('no broker here')
    await expect(driver.close()).rejects.toThrow('no broker here')
    expect(cassette().equals(before)).toBe(true)
  })

  test('is a replay in CI', async () => {
    await run(['a'])
    await expect(run(['a', 'b'], { ...missing, ci: true })).rejects.toThrow(
      'the program publishes more than the 1 messages recorded',
    )
    expect(await run(['a'], { ...missing, ci: true })).toEqual(['a'])
  })
})

test('lookup_v1 finds recorded messages in any order and asks for one that was changed, in the middle too', async () => {
  await run(['a', 'b', 'c', 'd'])
  asked = []
  const seen = await run(['d', 'a', 'B', 'c'], { mode: 'record_missing' })
  expect([asked, seen.toSorted()]).toEqual([['B'], ['B', 'a', 'c', 'd']])
  expect(told).toEqual([
    'record orders.rrbin: 2 recorded publishes and deliveries were not asked for again, and are not in it any more',
  ])
  expect((await run(['d', 'a', 'B', 'c'], { mode: 'replay' })).toSorted()).toEqual(['B', 'a', 'c', 'd'])
})

test('equal messages are hits as often as they were recorded', async () => {
  await run(['a', 'a'])
  asked = []
  await run(['a', 'a', 'a'], { mode: 'record_missing' })
  expect(asked).toEqual(['a'])
})

test('transcript_v1 refuses a message that is not the next one, and the cassette is as it was', async () => {
  await run(['a', 'b'])
  const before = cassette()
  await expect(run(['b', 'a'], { mode: 'record_missing', matchMode: 'transcript_v1' })).rejects.toThrow(
    'record what is missing in orders.rrbin: publish 1 is not the recorded one (value differs), and transcript_v1 takes them in order; use lookup_v1, or record anew',
  )
  expect(cassette().equals(before)).toBe(true)
})

test('a settle that is another one than recorded ends it: no broker can be asked', async () => {
  await run(['a'])
  const before = cassette()
  const driver = await openVcr(settings({ mode: 'record_missing' }))
  await driver.publish(message('a'))
  for await (const delivery of driver.deliveries()) {
    await expect(delivery.settle('discard')).rejects.toThrow('the program says discard to the delivery of entry')
    break
  }
  await driver.publish(message('b'))
  await expect(driver.close()).rejects.toThrow('said ack when it was recorded')
  expect(cassette().equals(before)).toBe(true)
})

test('a message that was rejected comes again from the recording, when it is rejected', async () => {
  const rejecting = async (driver: Driver, values: readonly string[]): Promise<string[]> => {
    for (const value of values) await driver.publish(message(value))
    const seen: string[] = []
    for await (const delivery of driver.deliveries()) {
      const isFirst = !seen.includes(valueOf(delivery.envelope))
      seen.push(valueOf(delivery.envelope))
      await delivery.settle(isFirst ? 'reject' : 'ack')
      if (seen.length === 2 * values.length) return seen
    }
    return seen
  }
  const of = (values: readonly string[], more: Partial<VcrOptions> = {}): Promise<string[]> =>
    withVcr(settings(more), (driver) => rejecting(driver, values))
  await of(['a'])
  asked = []
  expect((await of(['a', 'b'], { mode: 'record_missing' })).toSorted()).toEqual(['a', 'a', 'b', 'b'])
  expect(asked).toEqual(['b'])
  expect((await of(['a', 'b'], { mode: 'replay' })).toSorted()).toEqual(['a', 'a', 'b', 'b'])
})

test('of several drivers, one that is new has all of its calls recorded', async () => {
  const both = (live: Record<string, () => Promise<Driver>>, mode: VcrOptions['mode'], ...values: string[]) =>
    withVcr({ ...settings({ mode: mode ?? 'auto' }), live }, async (drivers) => {
      const out: string[][] = []
      for (const driver of Object.values(drivers)) out.push(await program(driver, values))
      return out
    })
  await both({ one: openAsked }, 'record', 'a')
  asked = []
  await both({ one: openAsked, two: openAsked }, 'record_missing', 'a')
  expect(asked).toEqual(['a'])
  expect(await both({ one: openAsked, two: openAsked }, 'replay', 'a')).toEqual([['a'], ['a']])
})
