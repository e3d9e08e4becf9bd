import { afterEach, expect, test } from 'vitest'
import {
  encodeEnvelope,
  openMemory,
  ReplayError,
  type Delivery,
  type Driver,
  type Message,
} from '../../../src/index.ts'
import { recording } from '../../../src/port/recording/index.ts'
import { replaying } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanup.splice(0)) remove()
})

const order = (n: number, over: Partial<Message> = {}): Message => ({
  topic: n % 2 === 0 ? 'orders' : 'audit',
  key: Buffer.from(`k${n}`),
  value: Buffer.from(`{"n":${n}}`),
  headers: [['message-id', String(n)]],
  ...over,
})

/** What a program does, and what a change of it does otherwise. */
interface Program {
  readonly topology: number
  readonly orders: readonly Message[]
  /** Publishes one and waits for its confirm. */
  readonly publish: (driver: Driver, envelope: Uint8Array) => Promise<unknown>
  readonly handle: (driver: Driver, delivery: Delivery, n: number) => Promise<void>
  readonly take: number
  readonly end: (deliveries: readonly Delivery[]) => Promise<void>
}

const receipt = (n: number): Uint8Array => encodeEnvelope(order(100 + n, { topic: 'receipts' }))

const shop: Program = {
  topology: 1,
  orders: [0, 1, 2, 3].map((n) => order(n)),
  publish: (driver, envelope) => driver.publish(envelope),
  async handle(driver, delivery, n) {
    await driver.publish(receipt(n))
    await delivery.settle('ack')
  },
  take: 3,
  end: async () => {},
}

/** Takes its deliveries at once and settles them at the end. */
const batch: Program = {
  ...shop,
  handle: async () => {},
  async end(deliveries) {
    for (const delivery of deliveries) await delivery.settle('ack')
  },
}

async function run(driver: Driver, program: Program): Promise<void> {
  for (let n = 0; n < program.topology; n++) await driver.ensureTopology()
  for (const message of program.orders) await program.publish(driver, encodeEnvelope(message))
  const taken: Delivery[] = []
  if (program.take > 0) {
    for await (const delivery of driver.deliveries()) {
      await program.handle(driver, delivery, taken.length)
      if (taken.push(delivery) === program.take) break
    }
  }
  await program.end(taken)
}

/** Records a program, replays another, and gives the error with which the replay closes. */
async function replayed(recorded: Program, now: Program): Promise<ReplayError | undefined> {
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink)
    await run(driver, recorded)
  })
  cleanup.push(remove)
  const told: string[] = []
  const driver = replaying(reader, { stallMs: 40, tell: (line) => told.push(line) })
  await run(driver, now).catch((error: unknown) => {
    if (!(error instanceof ReplayError)) throw error
  })
  const error = await driver.close().then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(told).toHaveLength(error === undefined ? 0 : 1)
  if (error !== undefined) expect(error).toBeInstanceOf(ReplayError)
  return error as ReplayError | undefined
}

const swapped = (at: number, to: number): Message[] => {
  const orders = [...shop.orders]
  ;[orders[at], orders[to]] = [orders[to] ?? order(at), orders[at] ?? order(to)]
  return orders
}
const changed = (over: Partial<Message>): Program => ({ ...shop, orders: shop.orders.with(1, order(1, over)) })
const handled = (handle: Program['handle']): Program => ({ ...shop, handle })

test.each<[title: string, recorded: Program, now: Program, code: string, kinds: string]>([
  ['one message fewer', shop, { ...shop, orders: shop.orders.toSpliced(1, 1) }, 'diverged', 'unused'],
  ['one message fewer, the last', shop, { ...shop, orders: shop.orders.slice(0, 3) }, 'stalled', 'stalled'],
  ['one message more', shop, { ...shop, orders: shop.orders.toSpliced(1, 0, order(9)) }, 'diverged', 'extra'],
  [
    'one message more at the end',
    { ...shop, take: 0 },
    { ...shop, take: 0, orders: [...shop.orders, order(9)] },
    'exhausted',
    'extra',
  ],
  ['two swapped in a lane', shop, { ...shop, orders: swapped(0, 2) }, 'diverged', 'moved'],
  ['two swapped across topics', shop, { ...shop, orders: swapped(0, 1) }, 'diverged', 'moved'],
  ['another header', shop, changed({ headers: [['message-id', '9']] }), 'diverged', 'changed headers/message-id'],
  ['another key', shop, changed({ key: Buffer.from('other') }), 'diverged', 'changed key'],
  ['no key', shop, changed({ key: null }), 'diverged', 'changed key'],
  ['another value', shop, changed({ value: Buffer.from('{"n":7}') }), 'diverged', 'changed value/n'],
  ['another topic', shop, changed({ topic: 'elsewhere' }), 'diverged', 'changed topic'],
  ['a property more', shop, changed({ properties: { priority: 3 } }), 'diverged', 'changed properties/priority'],
  [
    'reject for ack',
    shop,
    handled(async (driver, delivery, n) => {
      await driver.publish(receipt(n))
      await delivery.settle('reject')
    }),
    'diverged',
    'settled_differently',
  ],
  [
    'discard for ack',
    shop,
    handled(async (driver, delivery, n) => {
      await driver.publish(receipt(n))
      await delivery.settle('discard')
    }),
    'diverged',
    'settled_differently',
  ],
  ['never settled, one', batch, { ...batch, end: async ([first]) => first?.settle('ack') }, 'diverged', 'unsettled'],
  ['never settled, all', batch, { ...batch, end: async () => {} }, 'diverged', 'unsettled'],
  [
    'never settled, the last',
    batch,
    { ...batch, end: (taken) => batch.end(taken.slice(0, -1)) },
    'diverged',
    'unsettled',
  ],
  ['settled where it never was', { ...batch, end: async () => {} }, batch, 'diverged', 'settled_differently'],
  [
    'settled twice',
    shop,
    handled(async (driver, delivery, n) => {
      await shop.handle(driver, delivery, n)
      await delivery.settle('reject')
    }),
    'diverged',
    'settled_again',
  ],
  [
    'settled once where it was twice',
    handled(async (driver, delivery, n) => {
      await shop.handle(driver, delivery, n)
      await delivery.settle('ack')
    }),
    shop,
    'stalled',
    'stalled',
  ],
  [
    'ack before publish',
    shop,
    handled(async (driver, delivery, n) => {
      await delivery.settle('ack')
      await driver.publish(receipt(n))
    }),
    'diverged',
    'moved',
  ],
  [
    'publish before ack',
    handled(async (driver, delivery, n) => {
      await delivery.settle('ack')
      await driver.publish(receipt(n))
    }),
    shop,
    'diverged',
    'moved',
  ],
  ['another order of settles', batch, { ...batch, end: (taken) => batch.end(taken.toReversed()) }, 'diverged', 'moved'],
  [
    'in order what was settled backwards',
    { ...batch, end: (taken) => batch.end(taken.toReversed()) },
    batch,
    'diverged',
    'moved',
  ],
  [
    'another order of settles at once',
    batch,
    { ...batch, end: async (taken) => void (await Promise.all(taken.toReversed().map((one) => one.settle('ack')))) },
    'diverged',
    'moved',
  ],
  ['stopped early', shop, { ...shop, take: 2 }, 'diverged', 'unused'],
  ['goes on after it had stopped', shop, { ...shop, take: 4 }, 'stalled', 'stalled'],
  ['never asks for deliveries', shop, { ...shop, take: 0 }, 'diverged', 'unused'],
  ['asks for deliveries where it did not', { ...shop, take: 0 }, shop, 'stalled', 'extra'],
  ['no topology', shop, { ...shop, topology: 0 }, 'diverged', 'unused'],
  ['topology once more', shop, { ...shop, topology: 2 }, 'exhausted', 'extra'],
])('%s is told', async (_title, recorded, now, code, kind) => {
  const error = await replayed(recorded, now)
  expect(error?.code).toBe(code)
  const found = error?.report?.divergences.map((one) =>
    one.kind === 'changed' ? `changed ${one.differences.map(({ field }) => field).join(' ')}` : one.kind,
  )
  expect(found).toContain(kind)
  expect(await replayed(recorded, recorded)).toBeUndefined()
})

const withoutReceipt = (of: (n: number) => boolean): Program =>
  handled(async (driver, delivery, n) => {
    if (!of(n)) await driver.publish(receipt(n))
    await delivery.settle('ack')
  })

test.each<[title: string, now: Program, divergence: string]>([
  ['the first message', { ...shop, orders: shop.orders.slice(1) }, 'unused 1'],
  ['the last message', { ...shop, orders: shop.orders.slice(0, 3) }, 'stalled 4'],
  ['the topology', { ...shop, topology: 0 }, 'unused 0'],
  ['the first answer', withoutReceipt((n) => n === 0), 'unused 5'],
  ['an answer between others', withoutReceipt((n) => n === 1), 'unused 7'],
  ['the last answer', withoutReceipt((n) => n === 2), 'unused 9'],
  ['all answers', withoutReceipt(() => true), 'unused 5'],
  [
    'a settle',
    handled(async (driver, delivery, n) => {
      await driver.publish(receipt(n))
      if (n !== 1) await delivery.settle('ack')
    }),
    'stalled 8',
  ],
])('%s left out is one divergence', async (_title, now, divergence) => {
  const error = await replayed(shop, now)
  expect(error?.report?.divergences.map((one) => `${one.kind} ${'entry' in one ? one.entry : ''}`)).toEqual([
    divergence,
  ])
})

test.each<[title: string, reason: string, recorded: Program, now: Program]>([
  [
    'confirms that are not waited for',
    'each publish comes at its place, and nothing that the broker gives depends on the waiting',
    shop,
    { ...shop, publish: (driver, envelope) => (void driver.publish(envelope), Promise.resolve()) },
  ],
  [
    'a settle that is not waited for',
    'it is made at its place',
    shop,
    handled(async (driver, delivery, n) => {
      await driver.publish(receipt(n))
      void delivery.settle('ack')
    }),
  ],
])('%s is equal: %s', async (_title, _reason, recorded, now) => {
  expect(await replayed(recorded, now)).toBeUndefined()
})
