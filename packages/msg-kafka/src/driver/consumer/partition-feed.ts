import type { KafkaMessage } from 'kafkajs'

/** A message between the fetch and its settling. */
export interface Unacked {
  readonly feed: PartitionFeed
  readonly message: KafkaMessage
  readonly offset: bigint
  /** Where the partition ended when the message was fetched, as the broker said it and as a number. */
  readonly highWatermark: string
  readonly end: bigint
  settled: boolean
  redelivered: boolean
}

/**
 * What this member knows of one partition assigned to it: how far it has fetched, what it has handed out and not had back,
 * and up to where everything is settled, which is what may be committed.
 */
export class PartitionFeed {
  /** Logical. */
  readonly topic: string
  /** The topic's name on the broker. */
  readonly physical: string
  readonly partition: number
  /** The last offset ever handed out by this driver; shared by all feeds of the partition. */
  readonly seen: { offset: bigint }
  /** Assigned to another member meanwhile: what is handed out can no longer be settled. */
  revoked = false
  /** Of a topic that was deleted: settling has no effect on the broker. */
  former = false
  /** Where the partition ended when it was last fetched, or -1 before the first. */
  end = -1n
  /** The offset after the last one taken from the broker, or -1 before the first. */
  next = -1n
  /** The offset the broker has been told, as text. */
  committed: string | null = null
  /** Handed out, in the order of offsets, from #first on; settled ones leave from the front. */
  #open: Unacked[] = []
  #first = 0
  #committable: bigint | null = null
  /** Rejected, in the order of offsets. Each precedes everything not handed out yet. */
  readonly #returned: Unacked[] = []

  constructor(topic: string, physical: string, partition: number, seen: { offset: bigint }) {
    this.topic = topic
    this.physical = physical
    this.partition = partition
    this.seen = seen
  }

  /** The offset up to which, exclusively, everything is settled, if the broker has not been told. */
  get uncommitted(): string | undefined {
    const offset = this.#committable === null ? null : String(this.#committable)
    return offset === null || offset === this.committed ? undefined : offset
  }

  /** The messages of a fetch that were not taken before: after a rebalance the broker starts again at the commit. */
  unseen(messages: readonly KafkaMessage[]): readonly KafkaMessage[] {
    const first = messages[0]
    const last = messages.at(-1)
    if (first === undefined || last === undefined) return messages
    const unseen =
      BigInt(first.offset) >= this.next ? messages : messages.filter(({ offset }) => BigInt(offset) >= this.next)
    const next = BigInt(last.offset) + 1n
    if (next > this.next) this.next = next
    return unseen
  }

  /** Whether everything that was handed out is settled. */
  get isIdle(): boolean {
    return this.#open.length === 0
  }

  handedOut(unacked: Unacked): void {
    this.#open.push(unacked)
  }

  /** @returns whether the commit may move on */
  acked(unacked: Unacked): boolean {
    unacked.settled = true
    let head = this.#open[this.#first]
    let last: Unacked | undefined
    while (head?.settled === true) {
      last = head
      head = this.#open[++this.#first]
    }
    if (last === undefined) return false
    this.#committable = last.offset + 1n
    // Cut off the settled front once it is the whole array, so that settled messages are let go of at once where they are
    // settled in turn, or half of it: linear in total.
    if (this.#first === this.#open.length) {
      this.#open.length = 0
      this.#first = 0
    } else if (this.#first > 1024 && this.#first * 2 > this.#open.length) {
      this.#open = this.#open.slice(this.#first)
      this.#first = 0
    }
    return true
  }

  /** The offset that could be committed if these were settled as well; undefined where that would move nothing. */
  committableWith(also: ReadonlySet<Unacked>): bigint | undefined {
    let offset: bigint | undefined
    for (let at = this.#first; at < this.#open.length; at++) {
      const unacked = this.#open[at]
      if (unacked === undefined || (!unacked.settled && !also.has(unacked))) break
      offset = unacked.offset + 1n
    }
    return offset
  }

  rejected(unacked: Unacked): void {
    unacked.redelivered = true
    const at = this.#returned.findIndex(({ offset }) => offset > unacked.offset)
    this.#returned.splice(at < 0 ? this.#returned.length : at, 0, unacked)
  }

  /** The first rejected message. */
  takeReturned(): Unacked | undefined {
    return this.#returned.shift()
  }
}
