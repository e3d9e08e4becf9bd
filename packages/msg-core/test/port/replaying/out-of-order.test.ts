import { afterEach, expect, test } from 'vitest'
import { openMemory, type Driver } from '../../../src/port/index.ts'
import { encodeEnvelope } from '../../../src/format/envelope/index.ts'
import { encodeRecord } from '../../../src/format/record/index.ts'
import { recording } from '../../../src/port/recording/index.ts'
import { replaying } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanup.splice(0)) remove()
})

const event = (n: number) =>
  encodeEnvelope({ topic: 'lab.events', key: Buffer.from('k'), value: Buffer.from(String(n)), headers: [] })

/** A publish that was refused, with a reason that tells its entry. */
const publishEntry = (n: number, entry: number) => ({
  kind: 'rr',
  op: 'std.msg.amqp.publish_env_v1',
  key: 'orders_v1',
  req: event(n),
  resp: encodeRecord({
    opTag: 1,
    driverKind: 2,
    endpoint: Buffer.from('orders_v1'),
    envelope: event(n),
    ackTag: 2,
    ack: Buffer.from(`entry ${entry}`),
  }),
})

test.each([
  { name: 'two that changed places', before: [0, 1], now: [1, 0], moved: [0], answers: [1, 0] },
  { name: 'the first came last', before: [0, 1, 2], now: [1, 2, 0], moved: [0], answers: [1, 2, 0] },
  { name: 'the last came first', before: [0, 1, 2], now: [2, 0, 1], moved: [2], answers: [2, 0, 1] },
  { name: 'equal ones', before: [0, 1, 1], now: [1, 0, 1], moved: [0], answers: [1, 0, 2] },
  { name: 'equal ones before another', before: [0, 1, 1], now: [1, 1, 0], moved: [0], answers: [1, 2, 0] },
])(
  'of messages in another order each gets the answer to its own bytes: $name',
  async ({ before, now, moved, answers }) => {
    const { reader, remove } = await cassetteOf((sink) => {
      before.forEach((n, entry) => sink.appendEntry(publishEntry(n, entry)))
    })
    cleanup.push(remove)
    await using driver = replaying(reader, { onDivergence: 'report' })
    const given: unknown[] = []
    for (const n of now) given.push(await driver.publish(event(n)))
    const { divergences } = driver.report()
    expect(divergences.map((one) => (one.kind === 'moved' ? one.entry : one))).toEqual(moved)
    expect(given).toEqual(answers.map((entry) => ({ status: 'refused', reason: `entry ${entry}` })))
  },
)

test('an unknown message gets the answer of its place, which the recorded one gets too when it comes after all', async () => {
  const { reader, remove } = await cassetteOf((sink) => {
    for (const n of [0, 1]) sink.appendEntry(publishEntry(n, n))
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { onDivergence: 'report' })
  const given: unknown[] = []
  for (const n of [9, 0, 1]) given.push(await driver.publish(event(n)))
  expect(given).toEqual([0, 0, 1].map((entry) => ({ status: 'refused', reason: `entry ${entry}` })))
  expect(driver.report().divergences).toMatchObject([{ kind: 'extra', before: 0 }])
})

test('an unknown message and the one whose place it took are both answered, also where the answer comes later', async () => {
  const { reader, remove } = await cassetteOf((sink) => {
    const [first, second] = [sink.begin(), sink.begin()]
    sink.appendEntry({ ...publishEntry(0, 0), seq: first })
    sink.appendEntry({ ...publishEntry(1, 1), seq: second })
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { onDivergence: 'report' })
  const given = await Promise.all([9, 0, 1].map((n) => driver.publish(event(n))))
  expect(given).toEqual([0, 0, 1].map((entry) => ({ status: 'refused', reason: `entry ${entry}` })))
})

/** Publishes two messages and, when both are answered for the first time, two more; the first one is refused and tried again. */
async function tryingAgain(driver: Driver, when: 'at once' | 'last'): Promise<string[]> {
  const results: string[] = []
  const note = async (n: number): Promise<void> => {
    results.push(`${n} ${(await driver.publish(event(n))).status}`)
  }
  const first = note(0)
  const second = note(1)
  await first
  const again = when === 'at once' ? [note(0)] : []
  await second
  const others = [2, 3].map(note)
  if (when === 'last') again.push(note(0))
  await Promise.all([...again, ...others])
  return results.sort()
}

test.each([
  ['at once', 'last'],
  ['last', 'at once'],
] as const)('a message that was refused and tried again %s may be tried again %s', async (before, now) => {
  let live: unknown
  const { reader, remove } = await cassetteOf(async (sink) => {
    const broker = await openMemory()
    let refused = false
    const publish: Driver['publish'] = broker.publish.bind(broker)
    broker.publish = (envelope, options) => {
      if (refused || !Buffer.from(event(0)).equals(Buffer.from(envelope))) return publish(envelope, options)
      refused = true
      return Promise.resolve({ status: 'refused', reason: 'full' })
    }
    await using driver = recording(broker, sink)
    live = await tryingAgain(driver, before)
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { onDivergence: 'report' })
  expect(await tryingAgain(driver, now)).toEqual(live)
  expect(driver.report()).toMatchObject({
    divergences: [],
    relaxations: { 'tried again at another time': expect.any(Number) as number },
  })
})

/** Takes three deliveries; tasks that run at the same time publish a result for each, in the order given, and then settle it. */
async function workers(driver: Driver, order: readonly number[]): Promise<unknown[]> {
  for (const n of [0, 1, 2]) await driver.publish(event(n))
  const turns = order.map(() => Promise.withResolvers<void>())
  const tasks: Promise<unknown>[] = []
  for await (const delivery of driver.deliveries()) {
    const n = tasks.length
    const turn = order.indexOf(n)
    tasks.push(
      (async () => {
        await turns[turn]?.promise
        const answer = driver.publish(event(10 + n))
        // In the recording each task has settled before the next publishes, in the replay none has.
        if (order[0] !== 0) turns[turn + 1]?.resolve()
        const result = await answer
        await delivery.settle('ack')
        turns[turn + 1]?.resolve()
        return result
      })(),
    )
    if (tasks.length === order.length) break
  }
  turns[0]?.resolve()
  return Promise.all(tasks)
}

test.each([
  ['the second task first', [1, 0, 2]],
  ['the last task first', [2, 0, 1]],
  ['backwards', [2, 1, 0]],
])('tasks that settle what they published a result for end in any order: %s', async (_, order) => {
  let live: unknown
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink)
    live = await workers(driver, [0, 1, 2])
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { onDivergence: 'report', rules: { publish: 'bag', settle: 'bag' } })
  expect(await workers(driver, order)).toEqual(live)
  // What is published beside the recorded results was never asked of the broker: the three deliveries of the results.
  expect(driver.report()).toMatchObject({ divergences: [], outOfOrder: expect.any(Number) as number })
})
