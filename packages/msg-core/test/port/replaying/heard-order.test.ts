import { afterEach, expect, test } from 'vitest'
import {
  DriverError,
  encodeEnvelope,
  openMemory,
  type Delivery,
  type Driver,
  type PublishResult,
} from '../../../src/index.ts'
import { recording } from '../../../src/port/recording/index.ts'
import { replaying } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanup.splice(0)) remove()
})

const message = (n: number) =>
  encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(String(n)), headers: [] })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const gone = new DriverError('cancelled', 'the queue was deleted')

/** What a broker does, each in a turn of its own. */
type Act = 'delivers' | 'ends deliveries' | 'confirms' | 'fails'

/** A broker of two publishes and one delivery, which does nothing before it is told to. */
async function broker() {
  const memory = await openMemory()
  const next = Promise.withResolvers<IteratorResult<Delivery>>()
  const answers: PromiseWithResolvers<PublishResult>[] = []
  let asked = 0
  const driver: Driver = {
    wire: memory.wire,
    endpoint: memory.endpoint,
    ensureTopology: () => memory.ensureTopology(),
    publish: () => {
      const answer = Promise.withResolvers<PublishResult>()
      answers.push(answer)
      return answer.promise
    },
    deliveries: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => (asked++ === 0 ? next.promise : new Promise<never>(() => {})) }),
    }),
    close: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
  }
  const act: Record<Act, () => void> = {
    delivers: () =>
      next.resolve({
        done: false,
        value: { envelope: message(9), metadata: {}, settle: () => Promise.resolve() },
      }),
    'ends deliveries': () => next.reject(gone),
    confirms: () => answers.forEach(({ resolve }) => resolve({ status: 'confirmed', answer: {} })),
    fails: () => answers.forEach(({ reject }) => reject(gone)),
  }
  return { driver, act }
}

/** Consumes and publishes at the same time; gives what it heard, in its order. */
async function program(driver: Driver): Promise<string[]> {
  const heard: string[] = []
  const answered = Promise.withResolvers<void>()
  const says = (what: string) => () => void heard.push(what)
  const consume = async (): Promise<void> => {
    for await (const _ of driver.deliveries()) {
      heard.push('delivery')
      // What a program does is at its place in any case: here it does nothing in between.
      await answered.promise
      return
    }
  }
  const consumed = consume().catch(says('deliveries failed'))
  await turn()
  const published = [0, 1].map((n) =>
    driver.publish(message(n)).then(says(`confirm ${n}`), says(`publish ${n} failed`)),
  )
  await Promise.all(published)
  answered.resolve()
  await consumed
  return heard
}

test.each<{ acts: readonly Act[]; heard: readonly string[] }>([
  { acts: ['delivers', 'confirms'], heard: ['delivery', 'confirm 0', 'confirm 1'] },
  { acts: ['confirms', 'delivers'], heard: ['confirm 0', 'confirm 1', 'delivery'] },
  { acts: ['delivers', 'fails'], heard: ['delivery', 'publish 0 failed', 'publish 1 failed'] },
  { acts: ['ends deliveries', 'confirms'], heard: ['deliveries failed', 'confirm 0', 'confirm 1'] },
  { acts: ['ends deliveries', 'fails'], heard: ['deliveries failed', 'publish 0 failed', 'publish 1 failed'] },
  { acts: ['fails', 'ends deliveries'], heard: ['publish 0 failed', 'publish 1 failed', 'deliveries failed'] },
])('a program hears again in this order of a broker that first $acts.0 and then $acts.1', async ({ acts, heard }) => {
  const live = await broker()
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(live.driver, sink)
    const ran = program(driver)
    for (let turns = 0; turns < 3; turns++) await turn()
    for (const act of acts) {
      live.act[act]()
      for (let turns = 0; turns < 3; turns++) await turn()
    }
    expect(await ran).toEqual(heard)
  })
  cleanup.push(remove)
  await using driver = replaying(reader)
  expect(await program(driver)).toEqual(heard)
})
