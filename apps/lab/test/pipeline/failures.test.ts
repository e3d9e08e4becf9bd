import { DriverError, openMemory, type Driver } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { seededEvents } from '../../src/events/seeded.ts'
import { runPipeline } from '../../src/pipeline/pipeline.ts'

const source = seededEvents({ topic: 'lab.events', messages: 10, seed: 1 })
const publishLost = new DriverError('connection_lost', 'publish: the connection is gone')
const consumeLost = new DriverError('connection_lost', 'consume: the connection is gone')

/** A driver that never answers until `publishes` or `deliveries` is rejected, or the call is aborted. */
async function silentDriver(): Promise<{
  readonly driver: Driver
  readonly losePublishes: () => void
  readonly loseDeliveries: () => void
}> {
  const memory = await openMemory()
  const publishes = Promise.withResolvers<never>()
  const deliveries = Promise.withResolvers<never>()
  for (const { promise } of [publishes, deliveries]) promise.catch(() => undefined)
  const driver: Driver = {
    wire: memory.wire,
    endpoint: memory.endpoint,
    ensureTopology: () => Promise.resolve(),
    publish: (_, options) => Promise.race([publishes.promise, aborted('publish', options?.signal)]),
    deliveries: (options) => ({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          Promise.race([
            deliveries.promise,
            aborted('deliveries', options?.signal).catch(() => ({ done: true as const, value: undefined })),
          ]),
      }),
    }),
    close: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
  }
  return {
    driver,
    losePublishes: () => publishes.reject(publishLost),
    loseDeliveries: () => deliveries.reject(consumeLost),
  }
}

function aborted(what: string, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new DriverError('aborted', `${what}: stopped`)))
  })
}

test('a run whose deliveries fail first ends with their failure, although publishes fail after them', async () => {
  const { driver, losePublishes, loseDeliveries } = await silentDriver()
  const run = runPipeline({ driver, source })
  loseDeliveries()
  losePublishes()
  await expect(run).rejects.toBe(consumeLost)
})

test('a run whose publishes fail first ends with their failure, although deliveries fail after them', async () => {
  const { driver, losePublishes, loseDeliveries } = await silentDriver()
  const run = runPipeline({ driver, source })
  losePublishes()
  loseDeliveries()
  await expect(run).rejects.toBe(publishLost)
})

test('a run that is stopped says so, whatever its calls say of it', async () => {
  const { driver } = await silentDriver()
  const stop = new AbortController()
  const run = runPipeline({ driver, source, signal: stop.signal })
  stop.abort()
  await expect(run).rejects.toMatchObject({ code: 'aborted', message: 'stopped on request' })
})
