import { encodeEnvelope, decodeEnvelope, DriverError, type Driver, type Message } from '@x07-lab/msg-core'
import { topic } from './live-broker.ts'

/** What a run through a fault brought to light. */
export interface Survival {
  /** Message ids confirmed, in the order of the calls. */
  readonly published: readonly string[]
  /** Message ids acked at least once, sorted by number. */
  readonly received: readonly string[]
  /** Keys whose messages first arrived in another order than they were published. */
  readonly outOfOrder: readonly string[]
  /** Deliveries beyond the first of a message. */
  readonly duplicates: number
}

/** A run of messages through a driver, with a fault on the way. */
export interface SurvivalOptions {
  readonly messages: number
  /** Called after each confirm with the number of confirms so far. */
  readonly onConfirmed?: (count: number) => void
  /** Called with each delivery before it is settled; says what is to become of it. */
  readonly onDelivered?: (count: number) => Promise<'ack' | 'reject'> | 'ack' | 'reject'
  /** Consume only when everything is published. */
  readonly consumeAfterwards?: boolean
  /** Calls of publish open at once. */
  readonly openCalls?: number
}

const keys = 17

function nth(n: number): Message {
  return {
    topic,
    key: Buffer.from(`k${n % keys}`),
    value: Buffer.from(`{"n":${n}}`),
    headers: [['message-id', String(n)]],
  }
}

/** Publishes and consumes until every message has been acked at least once. */
export async function survive(driver: Driver, options: SurvivalOptions): Promise<Survival> {
  const published = options.consumeAfterwards === true ? await publishAll(driver, options) : publishAll(driver, options)
  const consumed = await consumeAll(driver, options)
  return { published: await published, ...consumed }
}

async function publishAll(
  driver: Driver,
  { messages, onConfirmed, openCalls = 100 }: SurvivalOptions,
): Promise<string[]> {
  const published: string[] = []
  const open = new Set<Promise<void>>()
  for (let n = 0; n < messages; n++) {
    const call = driver.publish(encodeEnvelope(nth(n))).then((result) => {
      if (result.status !== 'confirmed') throw new Error(`message ${n} was refused: ${result.reason}`)
      published.push(String(n))
      onConfirmed?.(published.length)
    })
    open.add(call)
    void call.finally(() => open.delete(call)).catch(() => undefined)
    if (open.size >= openCalls) await Promise.race(open)
  }
  await Promise.all(open)
  return published
}

async function consumeAll(
  driver: Driver,
  { messages, onDelivered }: SurvivalOptions,
): Promise<Pick<Survival, 'received' | 'outOfOrder' | 'duplicates'>> {
  const acked = new Set<string>()
  const last = new Map<string, number>()
  const outOfOrder = new Set<string>()
  let count = 0
  let duplicates = 0
  for await (const delivery of driver.deliveries()) {
    const { key, headers } = decodeEnvelope(delivery.envelope)
    const id = String(headers.find(([name]) => name === 'message-id')?.[1])
    const outcome = (await onDelivered?.(++count)) ?? 'ack'
    try {
      await delivery.settle(outcome)
    } catch (error) {
      // Given to somebody else, or back to us: it comes again.
      if (error instanceof DriverError && error.retryable) continue
      throw error
    }
    if (outcome === 'reject') continue
    if (acked.has(id)) duplicates++
    else {
      const lane = String(key)
      if ((last.get(lane) ?? -1) >= Number(id)) outOfOrder.add(lane)
      last.set(lane, Number(id))
      acked.add(id)
    }
    if (acked.size === messages) break
  }
  return { received: [...acked].sort((a, b) => Number(a) - Number(b)), outOfOrder: [...outOfOrder], duplicates }
}

/** The ids of so many messages. */
export function ids(messages: number): string[] {
  return Array.from({ length: messages }, (_, n) => String(n))
}
