import { DriverError, type PublishResult } from '@x07-lab/msg-core'
import type { WireMessage } from '../wire/encode.ts'

/** A message on its way: from the call of publish to the broker's answer. */
export interface PendingPublish {
  /** The topic's name on the broker. */
  readonly topic: string
  readonly message: WireMessage
  /** Size of its envelope. */
  readonly bytes: number
  readonly signal: AbortSignal | undefined
  resolve(result: PublishResult): void
  reject(error: unknown): void
}

/** How pending are gathered. */
export interface OutboxOptions {
  readonly lingerMs: number
  readonly maxMessages: number
  readonly maxBytes: number
  /** Sends pending in their order and settles each of them; never throws. */
  readonly send: (pending: readonly PendingPublish[]) => Promise<void>
}

/** The queue between publish and the wire. */
export interface Outbox {
  add(publish: PendingPublish): void
  /** Whether everything added so far is settled. */
  readonly idle: boolean
  /** Resolves when everything added so far is settled. */
  flush(): Promise<void>
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Gathers publishes into requests, one request under way at a time, as an idempotent kafkajs producer allows. What arrives
 * meanwhile makes up the next request: load makes requests larger, and a lone message waits for nothing but `lingerMs`.
 */
export function createOutbox({ lingerMs, maxMessages, maxBytes, send }: OutboxOptions): Outbox {
  let queue: PendingPublish[] = []
  let bytes = 0
  let pumping: Promise<void> | undefined
  let flushing = false
  let hurry: (() => void) | undefined

  const isFull = (): boolean => queue.length >= maxMessages || bytes >= maxBytes

  async function pump(): Promise<void> {
    await gather()
    while (queue.length > 0) {
      await send(take())
      // Those just answered publish more: a caller that bounds its open calls would otherwise get a large request and a
      // tiny one in turns.
      if (queue.length > 0 && !isFull() && !flushing) await turn()
    }
    pumping = undefined
  }

  /** One turn of the event loop, or the linger, ended early by a full request. */
  async function gather(): Promise<void> {
    if (flushing) return
    if (lingerMs === 0) return turn()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, lingerMs)
    hurry = resolve
    if (isFull()) resolve()
    await promise
    hurry = undefined
    clearTimeout(timer)
  }

  function take(): PendingPublish[] {
    let count = 0
    let taken = 0
    for (const publish of queue) {
      if (count === maxMessages || (count > 0 && taken + publish.bytes > maxBytes)) break
      taken += publish.bytes
      count++
    }
    bytes -= taken
    if (count === queue.length) {
      const all = queue
      queue = []
      return all
    }
    return queue.splice(0, count)
  }

  /** Rejects the waiting pending of an aborted caller; what is under way is left to its answer. */
  function drop(signal: AbortSignal): void {
    const kept: PendingPublish[] = []
    for (const publish of queue) {
      if (publish.signal !== signal) {
        kept.push(publish)
        continue
      }
      bytes -= publish.bytes
      publish.reject(
        new DriverError('aborted', `publish to ${publish.topic}: aborted by the caller before it was sent`),
      )
    }
    queue = kept
  }

  // One listener a signal, not one a message.
  const watched = new WeakSet<AbortSignal>()

  return {
    get idle() {
      return queue.length === 0 && pumping === undefined
    },
    add(publish) {
      const { signal } = publish
      if (signal !== undefined && !watched.has(signal)) {
        watched.add(signal)
        signal.addEventListener('abort', () => drop(signal), { once: true })
      }
      queue.push(publish)
      bytes += publish.bytes
      if (hurry !== undefined && isFull()) hurry()
      pumping ??= pump()
    },
    async flush() {
      flushing = true
      hurry?.()
      while (pumping !== undefined) await pumping
      flushing = false
    },
  }
}
