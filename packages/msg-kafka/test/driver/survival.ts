import {
  encodeEnvelope,
  decodeEnvelope,
  DriverError,
  type Delivery,
  type Driver,
  type Message,
  type Outcome,
} from '@x07-lab/msg-core'
import { topic } from './live-broker.ts'

/** What one or several consumers have seen of a run of messages. */
export interface Ledger {
  /** Message ids acked at least once, sorted by number. */
  received(): readonly string[]
  /** Whether all of them are. */
  complete(): boolean
  /** Keys whose messages first arrived in another order than they were published. */
  readonly outOfOrder: ReadonlySet<string>
  /** Messages whose bytes are not those that were published. */
  readonly changed: readonly string[]
  /** Acks beyond the first of a message. */
  readonly duplicates: number
  /** Deliveries that could no longer be settled. */
  readonly unsettleable: number
  /** Settles a delivery and notes it. */
  settle(delivery: Delivery, outcome: Outcome): Promise<void>
}

const keys = 17

function nth(n: number, padding: number): Message {
  return {
    topic,
    key: Buffer.from(`k${n % keys}`),
    value: Buffer.from(`{"n":${n},"pad":"${'x'.repeat(padding)}"}`),
    headers: [['message-id', String(n)]],
  }
}

export interface PublishOptions {
  readonly messages: number
  /** Bytes added to each message: a fetch holds a mebibyte of a partition. */
  readonly padding?: number
  /** Called after each confirm with the number of confirms so far. */
  readonly onConfirmed?: (count: number) => void
  /** Calls of publish open at once. */
  readonly openCalls?: number
}

/** Publishes so many messages over 17 keys and resolves with the number of confirms. */
export async function publishAll(
  driver: Driver,
  { messages, padding = 0, onConfirmed, openCalls = 100 }: PublishOptions,
): Promise<number> {
  let confirmed = 0
  const open = new Set<Promise<void>>()
  for (let n = 0; n < messages; n++) {
    const call = driver.publish(encodeEnvelope(nth(n, padding))).then((result) => {
      if (result.status !== 'confirmed') throw new Error(`message ${n} was refused: ${result.reason}`)
      confirmed++
      onConfirmed?.(confirmed)
    })
    open.add(call)
    void call.finally(() => open.delete(call)).catch(() => undefined)
    if (open.size >= openCalls) await Promise.race(open)
  }
  await Promise.all(open)
  return confirmed
}

/** @param padding as the messages were published, where their bytes are to be compared */
export function openLedger(messages: number, padding = 0): Ledger {
  const acked = new Set<string>()
  const last = new Map<string, number>()
  const outOfOrder = new Set<string>()
  const changed: string[] = []
  let duplicates = 0
  let unsettleable = 0
  return {
    received: () => [...acked].sort((a, b) => Number(a) - Number(b)),
    complete: () => acked.size === messages,
    outOfOrder,
    changed,
    get duplicates() {
      return duplicates
    },
    get unsettleable() {
      return unsettleable
    },
    async settle(delivery, outcome) {
      try {
        await delivery.settle(outcome)
      } catch (error) {
        if (!(error instanceof DriverError) || !error.retryable) throw error
        unsettleable++
        return
      }
      if (outcome === 'reject') return
      const { key, value, headers } = decodeEnvelope(delivery.envelope)
      const id = headers.find(([name]) => name === 'message-id')?.[1]
      if (typeof id !== 'string') throw new Error('a delivery has no message id')
      const published = nth(Number(id), padding)
      if (padding > 0 && !Buffer.from(value ?? []).equals(published.value!)) changed.push(id)
      if (acked.has(id)) {
        duplicates++
        return
      }
      const lane = String(key)
      if ((last.get(lane) ?? -1) >= Number(id)) outOfOrder.add(lane)
      last.set(lane, Number(id))
      acked.add(id)
    },
  }
}

/** What a run came to, as data. */
export function outcomeOf(ledger: Ledger) {
  const { outOfOrder, changed, duplicates } = ledger
  return { received: ledger.received(), outOfOrder: [...outOfOrder], changed: [...changed], duplicates }
}

/** Sees each delivery, by count, before it is settled, and says what becomes of it. */
export type OnDelivered = (count: number) => Outcome | 'stop' | Promise<Outcome | 'stop'>

/** Consumes until the ledger is complete, or `onDelivered` says stop. */
export async function consumeAll(
  driver: Driver,
  ledger: Ledger,
  onDelivered: OnDelivered = () => 'ack',
  signal?: AbortSignal,
): Promise<void> {
  let count = 0
  for await (const delivery of driver.deliveries(signal && { signal })) {
    const outcome = await onDelivered(++count)
    if (outcome === 'stop') return
    await ledger.settle(delivery, outcome)
    if (ledger.complete()) return
  }
}

/** The ids of so many messages. */
export function ids(messages: number): string[] {
  return Array.from({ length: messages }, (_, n) => String(n))
}
