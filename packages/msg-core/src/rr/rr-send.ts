import type { EntryResponse } from '../format/cassette/entry-response.ts'
import { RrError, RrTrap } from '../format/cassette/rr-error.ts'
import { currentCassette } from './current.ts'
import type { RrHandle } from './handle.ts'
import { shown, type TextOrBytes } from './matcher.ts'
import { MODE_RULES } from './modes.ts'

/** Op of the entries that {@link rrSend} plays: X07's source of a pipe. Their kind is `rr`. */
export const RR_SEND_OP = 'std.stream.src.rr_send_v1'
const KIND = 'rr'

/** The five limits of a pipe, X07's. Whole numbers; by default chunks of 64 KiB, and as much as an entry can hold. */
export interface StreamLimits {
  /** Largest chunk in bytes, at least 1. */
  readonly chunkMaxBytes: number
  /** Most bytes that are read from the cassette at once, at least 1: a chunk is no larger. */
  readonly bufreadCapBytes: number
  /** Most bytes of a response. */
  readonly maxInBytes: number
  /** Most bytes that {@link collectBytes} takes. */
  readonly maxOutBytes: number
  /** Most chunks. */
  readonly maxItems: number
}

const U32_MAX = 0xffff_ffff
const CHUNK_BYTES = 64 * 1024
const defaultLimits: StreamLimits = {
  chunkMaxBytes: CHUNK_BYTES,
  bufreadCapBytes: CHUNK_BYTES,
  maxInBytes: U32_MAX,
  maxOutBytes: U32_MAX,
  maxItems: U32_MAX,
}

/** A stream passed one of its limits. `code` is the number of a pipe's budget: 2 bytes in, 3 bytes out, 4 items. */
export class StreamBudgetError extends Error {
  override readonly name = 'StreamBudgetError'
  readonly code: 2 | 3 | 4

  constructor(code: 2 | 3 | 4, message: string) {
    super(message)
    this.code = code
  }
}

/** The recorded call failed: `code` is the `err` of its entry, not 0. X07 plays such an entry as if it were a success. */
export class RecordedError extends Error {
  override readonly name = 'RecordedError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** What {@link rrSend} may be told beside its limits. */
export interface RrSendOptions {
  /** The cassette; by default that of the scope around the call. */
  readonly handle?: RrHandle
  /**
   * Gives the response in a mode that records, where the cassette does not have it. Its bytes are passed on as they come. They are
   * kept until it has ended, within the budgets of the cassette, and then appended; a response that fails or that nobody
   * reads to its end is not recorded.
   */
  readonly live?: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>
}

/**
 * The recorded response of `key` as a stream of bytes. It is read from the cassette chunk by chunk as its consumer asks, so it
 * takes the memory of a chunk whatever its size; the chunks are the consumer's own. The entry is taken at the first
 * read, and its latency passes before the first chunk. `Readable.fromWeb` makes a Node stream of it.
 *
 * The stream fails with an RrError where the cassette does not answer (2007, 2009 to 2012, in its own words), with a
 * RecordedError where the entry is a failure, with a StreamBudgetError above a limit (the entry is used all the same),
 * with RrTrap `rr invalid handle` once the cassette is closed.
 *
 * @throws RrTrap `rr invalid handle` outside of a scope where no handle is given; RangeError for a limit that cannot be one
 */
export function rrSend(
  key: TextOrBytes,
  limits: Partial<StreamLimits> = {},
  { handle = currentCassette(), live }: RrSendOptions = {},
): ReadableStream<Uint8Array> {
  if (handle === undefined)
    throw new RrTrap('rr invalid handle', 'rrSend is called outside of withPolicy and withConfig')
  const source = new Source(handle, key, checkedLimits(limits))
  return ReadableStream.from(live === undefined ? source.recorded() : source.recordedOrLive(live))
}

/**
 * The collecting sink: all bytes of a stream in one piece.
 *
 * @throws StreamBudgetError 3 above `maxOutBytes`, and the stream is cancelled; else what the stream fails with
 */
export async function collectBytes(
  stream: ReadableStream<Uint8Array>,
  limits: Partial<StreamLimits> = {},
): Promise<Uint8Array> {
  const { maxOutBytes } = checkedLimits(limits)
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of stream) {
    length += part.length
    if (length > maxOutBytes) {
      throw new StreamBudgetError(3, `collectBytes: ${length} bytes so far, more than max_out_bytes ${maxOutBytes}`)
    }
    parts.push(part)
  }
  return joined(parts, length)
}

class Source {
  readonly #handle: RrHandle
  readonly #key: TextOrBytes
  readonly #limits: StreamLimits
  readonly #chunkBytes: number
  #length = 0
  #items = 0

  constructor(handle: RrHandle, key: TextOrBytes, limits: StreamLimits) {
    this.#handle = handle
    this.#key = key
    this.#limits = limits
    this.#chunkBytes = Math.min(limits.chunkMaxBytes, limits.bufreadCapBytes)
  }

  async *recorded(): AsyncGenerator<Uint8Array, void> {
    yield* this.#play(await this.#next())
  }

  async *recordedOrLive(live: NonNullable<RrSendOptions['live']>): AsyncGenerator<Uint8Array, void> {
    const rule = MODE_RULES[this.#handle.mode]
    const response = rule.append === 'no' || rule.next ? await this.#next(rule.append !== 'no') : undefined
    if (response === undefined) yield* this.#record(await live())
    else yield* this.#play(response)
  }

  #next(): Promise<EntryResponse>
  #next(mayMiss: boolean): Promise<EntryResponse | undefined>
  async #next(mayMiss = false): Promise<EntryResponse | undefined> {
    try {
      return await this.#handle.nextResponse(KIND, RR_SEND_OP, this.#key)
    } catch (error) {
      if (mayMiss && error instanceof RrError && error.code === 2009) return undefined
      throw error
    }
  }

  *#play({ err, length, read }: EntryResponse): Generator<Uint8Array, void> {
    if (err === undefined)
      throw new RrTrap('rr.entry_err_v1 invalid err', `the entry that answers ${this.#name} has none`)
    if (err !== 0) throw new RecordedError(err, `${this.#name}: the recorded call failed with ${err}`)
    this.#take(length)
    yield* this.#chunks(length, read)
  }

  async *#record(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    const key = typeof this.#key === 'string' ? Buffer.from(this.#key) : this.#key
    const parts: Uint8Array[] = []
    for await (const part of source) {
      if (!(part instanceof Uint8Array))
        throw new TypeError(`${this.#name}: live gave a ${typeof part}, expected bytes`)
      this.#take(part.length)
      this.#handle.check({ key: key.length, req: key.length, resp: this.#length })
      // Copies, both: the source may use its memory again, and the consumer may do with a chunk what it likes.
      parts.push(Uint8Array.from(part))
      yield* this.#chunks(part.length, (at, length) => Uint8Array.from(part.subarray(at, at + length)))
    }
    this.#handle.appendEntry({ kind: KIND, op: RR_SEND_OP, key, req: key, resp: joined(parts, this.#length), err: 0 })
  }

  *#chunks(length: number, read: EntryResponse['read']): Generator<Uint8Array, void> {
    const { maxItems } = this.#limits
    for (let at = 0; at < length; at += this.#chunkBytes) {
      if (++this.#items > maxItems) {
        throw new StreamBudgetError(4, `${this.#name}: more chunks than max_items ${maxItems}`)
      }
      yield read(at, Math.min(this.#chunkBytes, length - at))
    }
  }

  #take(length: number): void {
    const { maxInBytes } = this.#limits
    this.#length += length
    if (this.#length <= maxInBytes) return
    throw new StreamBudgetError(2, `${this.#name}: ${this.#length} bytes, more than max_in_bytes ${maxInBytes}`)
  }

  get #name(): string {
    return `rrSend ${shown(this.#key)}`
  }
}

function checkedLimits(given: Partial<StreamLimits>): StreamLimits {
  const limits = { ...defaultLimits, ...given }
  for (const [name, limit] of Object.entries(limits)) {
    const least = name === 'chunkMaxBytes' || name === 'bufreadCapBytes' ? 1 : 0
    if (Number.isSafeInteger(limit) && limit >= least) continue
    throw new RangeError(`limit ${name} is ${limit}, must be a whole number of at least ${least}`)
  }
  return limits
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
