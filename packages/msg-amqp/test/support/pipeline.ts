import { decodeEnvelope, DriverError, encodeEnvelope, type Delivery, type Driver } from '@x07-lab/msg-core'

/** What a run through a driver came to: each message by its id, as a consumer that knows duplicates by their id sees it. */
export interface Outcome {
  /** Ids in the order of their first delivery, by key. */
  readonly byKey: Readonly<Record<string, readonly string[]>>
  readonly duplicates: number
}

/** Where a fault can be put into a run. */
export interface Probes {
  /** Called with the number of confirms so far, after each. */
  confirmed?(count: number): void
  /** Called with the number of deliveries so far, before the delivery is settled. */
  delivered?(count: number, delivery: Delivery): void | Promise<void>
  /** What to say of a delivery; default ack. */
  outcome?(count: number): 'ack' | 'reject'
}

/** Moves the faults of the live tests to other messages. */
export const faultSeed = Number(process.env['X07_LAB_FAULT_SEED'] ?? 0)

const keys = 7

/** Messages a publisher keeps open at once. */
const openMessages = 200

/** The outcome of a run in which nothing is lost and the order within each key is kept. */
export function complete(count: number): Outcome['byKey'] {
  const byKey: Record<string, string[]> = {}
  for (let n = 0; n < count; n++) (byKey[`k${n % keys}`] ??= []).push(String(n))
  return byKey
}

/** Publishes `count` messages and consumes, at the same time, until each has come at least once. */
export async function runPipeline(driver: Driver, count: number, probes: Probes = {}): Promise<Outcome> {
  const [, outcome] = await Promise.all([publishAll(driver, count, probes), consumeAll(driver, count, probes)])
  return outcome
}

/** Publishes in order with {@link openMessages} open calls; every one must be confirmed. */
export async function publishAll(driver: Driver, count: number, probes: Probes = {}): Promise<void> {
  const open = new Set<Promise<void>>()
  let confirmed = 0
  for (let n = 0; n < count; n++) {
    const call = publishOne(driver, n).then(() => {
      open.delete(call)
      confirmed++
      return probes.confirmed?.(confirmed)
    })
    open.add(call)
    if (open.size >= openMessages) await Promise.race(open)
  }
  await Promise.all(open)
}

async function publishOne(driver: Driver, n: number): Promise<void> {
  const key = Buffer.from(`k${n % keys}`)
  const value = Buffer.from(`{"n":${n}}`)
  const envelope = encodeEnvelope({ topic: 'lab.events', key, value, headers: [['message-id', String(n)]] })
  const result = await driver.publish(envelope)
  if (result.status !== 'confirmed') throw new Error(`message ${n} was refused: ${result.reason}`)
}

/** Consumes until `count` different messages have come. */
export async function consumeAll(driver: Driver, count: number, probes: Probes = {}): Promise<Outcome> {
  const seen = new Set<string>()
  const byKey: Record<string, string[]> = {}
  let deliveries = 0
  let duplicates = 0
  for await (const delivery of driver.deliveries()) {
    deliveries++
    await probes.delivered?.(deliveries, delivery)
    const { key, headers } = decodeEnvelope(delivery.envelope)
    const id = headers.find(([name]) => name === 'message-id')?.[1]
    if (typeof id !== 'string') throw new Error('a delivery has no message id')
    const outcome = probes.outcome?.(deliveries) ?? 'ack'
    const done = await settle(() => delivery.settle(outcome))
    if (!done || outcome === 'reject') continue
    if (seen.has(id)) duplicates++
    else {
      seen.add(id)
      ;(byKey[Buffer.from(key ?? []).toString()] ??= []).push(id)
    }
    if (seen.size === count) break
  }
  return { byKey, duplicates }
}

/** False when the broker could not be told, and so delivers again. */
async function settle(call: () => Promise<void>): Promise<boolean> {
  try {
    await call()
    return true
  } catch (error) {
    if (error instanceof DriverError && error.code === 'connection_lost') return false
    throw error
  }
}

/** Does something once, when a number is reached. */
export function at(when: number, fault: () => void): (count: number) => void {
  let done = false
  return (count) => {
    if (done || count < when) return
    done = true
    fault()
  }
}
