import { afterEach, describe, expect, test, vi } from 'vitest'
import { encodeEnvelope, openMemory, type Driver } from '../../../src/index.ts'
import type { Scheduler } from '../../../src/playback/index.ts'
import { recording } from '../../../src/port/recording/index.ts'
import { replaying } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const remove of cleanup.splice(0)) remove()
})

const message = (n: number) =>
  encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(String(n)), headers: [] })

async function tapeOf(program: (driver: Driver, pass: (ms: number) => void) => Promise<void>) {
  let clock = 0
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink, { now: () => clock * 1_000 })
    await program(driver, (ms) => (clock += ms))
  })
  cleanup.push(remove)
  return reader
}

/** Time that passes when it is told to. */
function manual(): Scheduler & { pass(ms: number): void; readonly isHeld: boolean } {
  let clock = 0
  const timers = new Map<object, { at: number; run: () => void; held: boolean }>()
  return {
    now: () => clock,
    turn: (callback) => void setImmediate(callback),
    after(ms, run) {
      const entry = { at: clock + ms, run, held: true }
      const timer = { ref: () => (entry.held = true), unref: () => (entry.held = false) }
      timers.set(timer, entry)
      return timer
    },
    cancel: (timer) => void timers.delete(timer),
    pass(ms) {
      const until = clock + ms
      for (;;) {
        const [due] = [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)
        if (due === undefined) break
        timers.delete(due[0])
        clock = due[1].at
        due[1].run()
      }
      clock = until
    },
    get isHeld() {
      return [...timers.values()].some(({ held }) => held)
    },
  }
}

const turns = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a program that waits for what never comes', () => {
  const wait = async (program: Parameters<typeof tapeOf>[0], wanted: readonly string[]) => {
    const scheduler = manual()
    const told: string[] = []
    const driver = replaying(await tapeOf(program), { scheduler, tell: (line) => told.push(line) })
    await driver.publish(message(0))
    const ended = driver.deliveries()[Symbol.asyncIterator]().next()
    const caught = ended.catch((error: unknown) => error)
    await turns()
    for (const ms of [1_999, 2_000, 20_000]) {
      scheduler.pass(ms - scheduler.now())
      await turns()
      expect(told.length > 0 ? 'told' : 'waits').toBe(wanted[[1_999, 2_000, 20_000].indexOf(ms)])
    }
    expect(await caught).toMatchObject({ name: 'ReplayError', code: 'stalled' })
    await expect(driver.publish(message(1))).rejects.toMatchObject({ code: 'stalled' })
    await expect(driver.close()).rejects.toMatchObject({ code: 'stalled' })
  }

  test('is told so after two seconds', () =>
    wait(
      async (driver) => {
        await driver.publish(message(0))
        const deliveries = driver.deliveries()[Symbol.asyncIterator]()
        await driver.publish(message(1))
        await (await deliveries.next()).value.settle('ack')
        await deliveries.return?.()
      },
      ['waits', 'told', 'told'],
    ))

  test('may wait where the recording had a pause, and longer on a busy machine', () =>
    wait(
      async (driver, pass) => {
        await driver.publish(message(0))
        const deliveries = driver.deliveries()[Symbol.asyncIterator]()
        pass(8_000)
        await driver.publish(message(1))
        await (await deliveries.next()).value.settle('ack')
        await deliveries.return?.()
      },
      ['waits', 'waits', 'told'],
    ))
})

test('the replay keeps the process alive while the program waits, and not a moment longer', async () => {
  const scheduler = manual()
  const cassette = await tapeOf(async (driver) => {
    await driver.publish(message(0))
    for await (const delivery of driver.deliveries()) {
      await delivery.settle('ack')
      break
    }
  })
  const driver = replaying(cassette, { scheduler })
  const deliveries = driver.deliveries()[Symbol.asyncIterator]()
  const first = deliveries.next()
  await turns()
  expect(scheduler.isHeld).toBe(true)
  await driver.publish(message(0))
  await (await first).value.settle('ack')
  await deliveries.return?.()
  expect(scheduler.isHeld).toBe(false)
  // Nor is it a stall that nothing moves while nobody waits.
  scheduler.pass(60_000)
  await driver.close()
})

test('fake timers of a test runner do not stop a replay', async () => {
  const program = async (driver: Driver): Promise<void> => {
    for (let n = 0; n < 1_500; n++) await driver.publish(message(n))
  }
  const cassette = await tapeOf(program)
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask', 'performance', 'Date'] })
  const driver = replaying(cassette)
  await program(driver)
  await driver.close()
})

test('the first divergence is told at once, the others at the end', async () => {
  const cassette = await tapeOf(async (driver) => {
    for (const n of [0, 1, 2]) await driver.publish(message(n))
  })
  const told: string[] = []
  const driver = replaying(cassette, { cassette: 'orders.rrbin', tell: (line) => told.push(line) })
  await driver.publish(message(7))
  expect(told).toEqual([
    'replay of orders.rrbin diverged: std.msg.amqp.publish_env_v1 of memory_v1: the message differs from entry 0: value was 0, is 7',
  ])
  await driver.publish(message(8))
  await expect(driver.close()).rejects.toThrow(
    [
      'replay of orders.rrbin: 3 divergences; mend the program, or record the run again if the change is meant',
      '  std.msg.amqp.publish_env_v1 of memory_v1: the message differs from entry 0: value was 0, is 7',
      '  std.msg.amqp.publish_env_v1 of memory_v1: the message differs from entry 1: value was 1, is 8',
      '  std.msg.amqp.publish_env_v1 of memory_v1: entry 2 of the recording was left out',
    ].join('\n'),
  )
  expect(told).toHaveLength(1)
  await driver.close()
})

test('where nothing but the order differs, the end says which rule would allow it', async () => {
  const cassette = await tapeOf(async (driver) => {
    for (const n of [0, 1]) await driver.publish(message(n))
  })
  const swapped = async (driver: Driver): Promise<void> => {
    for (const n of [1, 0]) await driver.publish(message(n))
    await driver.close()
  }
  await expect(swapped(replaying(cassette, { tell: () => undefined }))).rejects.toThrow(/rules: \{ publish: 'bag'/)
  await swapped(replaying(cassette, { rules: { publish: 'bag' } }))
})

test('a program that reads the report itself is told nothing', async () => {
  const cassette = await tapeOf(async (driver) => void (await driver.publish(message(0))))
  const told: string[] = []
  const driver = replaying(cassette, { onDivergence: 'report', tell: (line) => told.push(line) })
  await driver.publish(message(7))
  await driver.close()
  expect([told, driver.report().divergenceCount]).toEqual([[], 1])
})
