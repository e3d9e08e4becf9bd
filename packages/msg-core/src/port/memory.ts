import { DriverError } from './error.ts'
import { iterateDeliveries } from './iterate.ts'
import type { Delivery, Driver, Metadata, PublishResult, WaitOptions, Wire } from './driver.ts'
import { Queue } from '../kit/queue.ts'
import { wakeup } from '../kit/wakeup.ts'

/** How a {@link openMemory} driver presents itself and what it bounds. */
export interface MemoryOptions {
  /** The name cassettes give this broker; default `memory_v1`. */
  readonly endpoint?: string
  /** Which of the two wires its cassette entries imitate; default `amqp`. */
  readonly wire?: Wire
  /** Largest envelope accepted, in bytes; default 1 MiB, as in X07's replay handles. */
  readonly maxBodyBytes?: number
  /** Deliveries handed out and not settled, at most; default 100. */
  readonly prefetch?: number
}

const done: Promise<void> = Promise.resolve()

/** Messages waiting to be handed out, above which confirms come later. */
const flowControlDepth = 1_024

interface Stored {
  readonly envelope: Uint8Array
  readonly position: number
  redelivered: boolean
}

/**
 * A broker in this process: one queue, first in, first out, confirmed at once, a rejected message comes back in its place.
 * While its queue is long it confirms a turn of the event loop later, so that a program that bounds its open publishes leaves
 * its consumer time to keep up. It forgets everything on close. For tests, and for machines without a broker.
 */
export function openMemory(options: MemoryOptions = {}): Promise<Driver> {
  return Promise.resolve(new MemoryDriver(options))
}

class MemoryDriver implements Driver {
  readonly wire: Wire
  readonly endpoint: string
  readonly #maxBodyBytes: number
  readonly #prefetch: number
  readonly #changed = wakeup()
  /** Never handed out. */
  #queue = new Queue<Stored>()
  /** Rejected, ascending; each precedes everything in #queue. */
  readonly #returned: Stored[] = []
  #published = 0
  #turn: Promise<void> | undefined
  #unsettled = 0
  #iterating = false
  #closed = false

  constructor({ endpoint = 'memory_v1', wire = 'amqp', maxBodyBytes = 1_048_576, prefetch = 100 }: MemoryOptions) {
    this.endpoint = endpoint
    this.wire = wire
    this.#maxBodyBytes = maxBodyBytes
    this.#prefetch = prefetch
  }

  ensureTopology(): Promise<void> {
    return Promise.resolve()
  }

  async publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
    if (this.#closed) throw new DriverError('closed', `publish to ${this.endpoint}: the driver is closed`)
    if (signal?.aborted === true) throw new DriverError('aborted', `publish to ${this.endpoint}: aborted by the caller`)
    if (envelope.length > this.#maxBodyBytes) {
      throw new DriverError(
        'too_large',
        `publish to ${this.endpoint}: the envelope has ${envelope.length} bytes, max_body_bytes is ${this.#maxBodyBytes}`,
      )
    }
    const position = this.#published++
    this.#queue.push({ envelope: Buffer.from(envelope), position, redelivered: false })
    this.#changed.wake()
    if (this.#queue.length > flowControlDepth) await this.#nextTurn()
    return { status: 'confirmed', answer: { position: String(position) } }
  }

  deliveries(options: WaitOptions = {}): AsyncIterable<Delivery> {
    if (this.#iterating)
      throw new DriverError('protocol', `consume from ${this.endpoint}: an iteration is already under way`)
    this.#iterating = true
    return iterateDeliveries(
      {
        changed: this.#changed,
        take: () => this.#take(),
        finished: () => this.#closed,
        done: () => {
          this.#iterating = false
        },
      },
      options,
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#queue = new Queue()
    this.#changed.wake()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** One timer a turn, however many publishes it answers. */
  #nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined
        resolve()
      })
    })
    return this.#turn
  }

  #take(): Delivery | undefined {
    if (this.#unsettled >= this.#prefetch) return undefined
    const stored = this.#returned.shift() ?? this.#queue.shift()
    if (stored === undefined) return undefined
    this.#unsettled++
    return this.#delivery(stored)
  }

  #delivery(stored: Stored): Delivery {
    const metadata: Metadata = { position: String(stored.position), redelivered: stored.redelivered }
    let settled = false
    return {
      envelope: stored.envelope,
      metadata,
      settle: (outcome) => {
        if (settled) return done
        if (this.#closed) {
          const what = `settle position ${stored.position} on ${this.endpoint}`
          return Promise.reject(new DriverError('closed', `${what}: the driver is closed`))
        }
        settled = true
        this.#unsettled--
        if (outcome === 'reject') this.#giveBack(stored)
        this.#changed.wake()
        return done
      },
    }
  }

  #giveBack(stored: Stored): void {
    stored.redelivered = true
    const at = this.#returned.findIndex((other) => other.position > stored.position)
    this.#returned.splice(at < 0 ? this.#returned.length : at, 0, stored)
  }
}
