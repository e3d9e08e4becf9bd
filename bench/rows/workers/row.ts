import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { encodeEnvelope } from '@x07-lab/msg-core'
import { openKafka, type KafkaDriver } from '@x07-lab/msg-kafka'
import { median } from '../../measure/alternate.ts'
import type { Measured, Row, Unavailable } from '../../row.ts'
import { scratchProject } from '../../scratch/project.ts'
import { isUnreachable } from '../../work/recording.ts'
import type { WorkerNote, WorkerOrder } from './worker.ts'

const partitions = 8
/** Fewer where the handler computes, which no bound asks for. */
const messages = { waits: 8_000, computes: 3_000 }
/** Until the compiler is done: with 500, eight workers were at 4.5 to 6 times one, since each compiles for itself what one compiles once. */
const warmUp = 2_000
const rounds = 3

type Handler = WorkerOrder['handler']

export const workersRow: Row = {
  name: 'workers',
  about: 'workers that share a Kafka topic of 8 partitions and record: two and eight, beside one',
  async run({ scratch, progress }) {
    const root = scratchProject(scratch, 'workers')
    let runs = 0
    const rate = async (workers: number, handler: Handler): Promise<number> => {
      const found = await measure(workers, handler, { root, run: `bench-${process.pid}-${runs++}` })
      progress(`${workers} workers whose handler ${handler}: ${Math.round(found)} messages/s`)
      return found
    }
    try {
      return [
        ...(await compare('waits', [
          { workers: 2, atLeast: 1.8 },
          { workers: 8, atLeast: 6 },
        ])),
        // Two processors and the broker beside them cannot show more: for comparison alone.
        ...(await compare('computes', [{ workers: 2 }])),
      ]
    } catch (error) {
      if (!isUnreachable(error)) throw error
      return [{ name: 'workers', unavailable: error.message } satisfies Unavailable]
    }

    async function compare(
      handler: Handler,
      sides: readonly { readonly workers: number; readonly atLeast?: number }[],
    ): Promise<Measured[]> {
      const rates = new Map([1, ...sides.map(({ workers }) => workers)].map((workers) => [workers, [] as number[]]))
      for (let round = 0; round < rounds; round++) {
        const counts = [...rates.keys()]
        for (const count of round % 2 === 0 ? counts : counts.toReversed()) {
          rates.get(count)?.push(await rate(count, handler))
        }
      }
      const of = (count: number): number => median(rates.get(count) ?? [])
      return sides.map(({ workers, atLeast }) => ({
        name: `${workers} workers whose handler ${handler} 1 ms, beside one`,
        unit: 'messages/s',
        ours: of(workers),
        other: of(1),
        ...(atLeast === undefined ? {} : { wanted: { ratioAtLeast: atLeast } }),
      }))
    }
  },
}

/** Fills a topic, starts the workers, and gives the rate from the moment at which each is warm until all is settled. */
async function measure(
  workers: number,
  handler: Handler,
  { root, run }: { readonly root: string; readonly run: string },
): Promise<number> {
  const driver = await openKafka({
    brokers: ['127.0.0.1:9092'],
    topics: ['orders'],
    groupId: 'workers',
    partitions,
    physical: (name) => `${name}.${run}`,
  })
  const children: ChildProcess[] = []
  try {
    await driver.ensureTopology()
    const total = messages[handler] + workers * warmUp
    await fill(driver, total)
    const settled = new Set<number>()
    let lastAt = 0
    const ended = Promise.withResolvers<never>()
    const done = Promise.withResolvers<void>()
    const waiting: Record<'joined' | 'warm', PromiseWithResolvers<void>[]> = { joined: [], warm: [] }
    for (let at = 0; at < workers; at++) {
      const order: WorkerOrder = { root, run, handler, warmUp, cassette: `${run}.${at + 1}-of-${workers}.rrbin` }
      const child = fork(join(import.meta.dirname, 'worker.ts'), [JSON.stringify(order)])
      children.push(child)
      const steps = { joined: Promise.withResolvers<void>(), warm: Promise.withResolvers<void>() }
      waiting.joined.push(steps.joined)
      waiting.warm.push(steps.warm)
      child.once('exit', (code) => ended.reject(new Error(`a worker ended early with ${code}`)))
      child.on('message', (note: WorkerNote) => {
        if ('ready' in note) steps[note.ready].resolve()
        else {
          for (const n of note.settled) settled.add(n)
          lastAt = Math.max(lastAt, note.lastAt)
          if (settled.size === total) done.resolve()
        }
      })
    }
    const all = async (step: 'joined' | 'warm'): Promise<void> => {
      await Promise.race([Promise.all(waiting[step].map(({ promise }) => promise)), ended.promise])
      for (const child of children) child.send('go')
    }
    await all('joined')
    await all('warm')
    const start = performance.timeOrigin + performance.now()
    const left = total - settled.size
    await Promise.race([done.promise, ended.promise])
    return (left / (lastAt - start)) * 1000
  } finally {
    const exits = children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, 'exit'))
    for (const child of children) if (child.connected) child.disconnect()
    await Promise.all(exits)
    await driver.removeTopology()
    await driver.close()
  }
}

/** As many messages in each partition: what is measured is how workers share, not how keys hash. */
async function fill(driver: KafkaDriver, total: number): Promise<void> {
  const value = Buffer.from(JSON.stringify({ kind: 'order.created', note: 'x'.repeat(200) }))
  const publishes = Array.from({ length: total }, (_, n) =>
    driver.publish(
      encodeEnvelope({
        topic: 'orders',
        key: Buffer.from(String(n)),
        value,
        headers: [],
        properties: { partition: n % partitions },
      }),
    ),
  )
  for (const { status } of await Promise.all(publishes)) {
    if (status !== 'confirmed') throw new Error(`fill the topic: a message was ${status}`)
  }
}
