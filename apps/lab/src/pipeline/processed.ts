import { crc32 } from 'node:zlib'

/** Running numbers as this program writes them into a message id, up to 2^26 - 1: what is kept of each is a few bytes. */
const running = /^(?:0|[1-9]\d{0,7})$/
const largestRunning = 1 << 26

/** How the run's own messages are known. */
export interface ProcessedOptions {
  /** The n-th message that is published has the id n, counted from 0. Others have any id, which may repeat. */
  readonly numbered: boolean
}

/**
 * Which messages were processed, so that one that a broker delivers twice counts once. A message id alone does not tell: ids
 * of other publishers are theirs, and may be running numbers too, or all the same. So a message is known by all its bytes:
 *
 * - One that this run published is a repetition once it was processed as often as it was published.
 * - Another publisher's is a repetition where the broker says so (`redelivered`), and it was processed before.
 */
export class Processed {
  readonly #numbered: boolean
  #count = 0
  #own = 0
  /** Of a numbered run, by number: the CRC-32 of what was published, and whether it was processed. */
  #sums = new Uint32Array(1024)
  #done = new Uint8Array(1024)
  /** Of all others, by size and CRC-32. */
  readonly #others = new Map<number, { published: number; processed: number }>()

  constructor({ numbered }: ProcessedOptions) {
    this.#numbered = numbered
  }

  /** Messages of this run that were processed, each once for every time it was published. */
  get own(): number {
    return this.#own
  }

  /** Notes a message that this run publishes, before it does. */
  published(envelope: Uint8Array): void {
    const n = this.#count++
    if (!this.#numbered || n >= largestRunning) {
      this.#other(envelope).published++
      return
    }
    if (n >= this.#sums.length) {
      this.#sums = grown(this.#sums, new Uint32Array(2 * n))
      this.#done = grown(this.#done, new Uint8Array(2 * n))
    }
    this.#sums[n] = crc32(envelope)
  }

  /** Notes that a message is processed; false where it was before. */
  add(envelope: Uint8Array, id: string, redelivered: boolean): boolean {
    const n = this.#numbered && running.test(id) ? Number(id) : largestRunning
    if (n < this.#count && this.#sums[n] === crc32(envelope)) {
      const isNew = this.#done[n] === 0
      if (isNew) this.#own++
      this.#done[n] = 1
      return isNew
    }
    const other = this.#other(envelope)
    const isRepetition = other.published > 0 ? other.processed >= other.published : redelivered && other.processed > 0
    if (!isRepetition) {
      other.processed++
      if (other.published > 0) this.#own++
    }
    return !isRepetition
  }

  #other(envelope: Uint8Array): { published: number; processed: number } {
    const name = envelope.length * 2 ** 32 + crc32(envelope)
    let other = this.#others.get(name)
    if (other === undefined) this.#others.set(name, (other = { published: 0, processed: 0 }))
    return other
  }
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
