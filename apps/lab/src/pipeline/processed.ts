import { crc32 } from 'node:zlib'
import { Bits } from '@x07-lab/msg-core/kit'
import { againStep } from '../events/event.ts'

/** Running numbers as this program writes them into a message id, up to 99,999,999: what is kept of each is a few bytes, or nothing. */
const running = /^(?:0|[1-9]\d{0,7})$/
const noNumber = -1

/** How the run's own messages are known. */
export interface ProcessedOptions {
  /** The n-th message that is published has the id n, counted from 0. Others have any id, which may repeat. */
  readonly numbered: boolean
  /** Gives messages of the run again, from a multiple of {@link againStep} on; then no more is kept than of those under way. */
  readonly again?: ((from: number, count: number) => Iterable<Uint8Array>) | undefined
}

/** CRC-32 of the messages with the numbers from `againStep` times its own on. */
interface Page {
  readonly sums: Uint32Array
  /** Messages of it that were processed. */
  done: number
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
  readonly #again: ProcessedOptions['again']
  #count = 0
  #own = 0
  /** Of a numbered run; a page goes once all of it was processed, where it can be made again. */
  readonly #pages: (Page | undefined)[] = []
  readonly #done = new Bits()
  #remade: { readonly number: number; readonly sums: Uint32Array } | undefined
  /** Of all others, by size and CRC-32. */
  readonly #others = new Map<number, { published: number; processed: number }>()

  constructor({ numbered, again }: ProcessedOptions) {
    this.#numbered = numbered
    this.#again = again
  }

  /** Messages of this run that were processed, each once for every time it was published. */
  get own(): number {
    return this.#own
  }

  /** Notes a message that this run publishes, before it does. */
  published(envelope: Uint8Array): void {
    const n = this.#count++
    if (!this.#numbered) {
      this.#other(envelope).published++
      return
    }
    const at = n % againStep
    if (at === 0) this.#pages.push({ sums: new Uint32Array(againStep), done: 0 })
    this.#pages.at(-1)!.sums[at] = crc32(envelope)
  }

  /** Notes that a message is processed; false where it was before. */
  add(envelope: Uint8Array, id: string, redelivered: boolean): boolean {
    const n = this.#numbered && running.test(id) ? Number(id) : noNumber
    if (n >= 0 && n < this.#count && this.#sumOf(n) === crc32(envelope)) {
      const isNew = this.#done.add(n)
      if (isNew) this.#processed(Math.floor(n / againStep))
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

  #processed(number: number): void {
    this.#own++
    const page = this.#pages[number]
    if (page !== undefined && ++page.done === againStep && this.#again !== undefined) this.#pages[number] = undefined
  }

  #sumOf(n: number): number | undefined {
    const number = Math.floor(n / againStep)
    return (this.#pages[number]?.sums ?? this.#sumsAgain(number))[n % againStep]
  }

  /** Of a page that is done with: one of its messages has come again, or another publisher numbers its own likewise. */
  #sumsAgain(number: number): Uint32Array {
    if (this.#remade?.number === number) return this.#remade.sums
    const sums = Uint32Array.from(this.#again?.(number * againStep, againStep) ?? [], (envelope) => crc32(envelope))
    this.#remade = { number, sums }
    return sums
  }

  #other(envelope: Uint8Array): { published: number; processed: number } {
    const name = envelope.length * 2 ** 32 + crc32(envelope)
    let other = this.#others.get(name)
    if (other === undefined) this.#others.set(name, (other = { published: 0, processed: 0 }))
    return other
  }
}
