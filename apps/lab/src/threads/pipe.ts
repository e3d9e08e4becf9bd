/** Slots of the pipe: the writer fills one while the reader works on others. */
const slots = 8
const slotBytes = 256 * 1024
/** Behind the states of the slots: whether the reader has ended. */
const endedAt = slots
const headerBytes = 64
/** Numbers of a frame beside its type. */
const frameNumbers = 5
const headBytes = 8 + 8 * frameNumbers
/** How long the writer waits at most before it looks again whether there is a reader. */
const lookMs = 1_000
/** A reader that takes nothing for so long is gone without a word, such as one that ran out of memory. */
const maxLooks = 120

/** One thing that is told: a type, up to five numbers that mean what the type says, and bytes. */
export interface Frame {
  readonly type: number
  readonly numbers: Float64Array
  /** Borrowed, until the next frame is read. */
  readonly body: Uint8Array
}

/** The memory of a pipe, to be handed to the thread that reads. */
export function pipeMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + slots * slotBytes)
}

/**
 * The end that writes. Bytes are copied into shared memory, a quarter of a MiB at a time is handed over, and a writer that is ahead by
 * all slots waits: so that the memory stays the same, however much is told.
 */
export class PipeWriter {
  readonly #states: Int32Array
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #numbers: Float64Array
  #slot = 0
  #at = 0
  #isOwn = false

  constructor(memory: SharedArrayBuffer) {
    this.#states = new Int32Array(memory, 0, slots + 1)
    this.#bytes = new Uint8Array(memory, headerBytes)
    this.#words = new Uint32Array(memory, headerBytes)
    this.#numbers = new Float64Array(memory, headerBytes)
  }

  /**
   * Tells one thing; the parts of its body stand one behind the other.
   *
   * @throws Error where the reader has ended
   */
  write(type: number, numbers: readonly number[], first?: Uint8Array, second?: Uint8Array): void {
    // The head stands in one slot.
    if (this.#isOwn && slotBytes - this.#at < headBytes) this.flush()
    this.#own()
    const at = this.#slot * slotBytes + this.#at
    this.#words[at / 4] = type
    this.#words[at / 4 + 1] = (first?.length ?? 0) + (second?.length ?? 0)
    for (let index = 0; index < frameNumbers; index++) this.#numbers[at / 8 + 1 + index] = numbers[index] ?? 0
    this.#at += headBytes
    if (first !== undefined) this.#put(first)
    if (second !== undefined) this.#put(second)
    this.#at = (this.#at + 7) & ~7
    if (this.#at >= slotBytes) this.flush()
  }

  /** Hands over what is written so far. */
  flush(): void {
    if (!this.#isOwn || this.#at === 0) return
    Atomics.store(this.#states, this.#slot, this.#at)
    Atomics.notify(this.#states, this.#slot)
    this.#slot = (this.#slot + 1) % slots
    this.#at = 0
    this.#isOwn = false
  }

  #put(bytes: Uint8Array): void {
    let from = 0
    while (from < bytes.length) {
      if (this.#at >= slotBytes) this.flush()
      this.#own()
      const length = Math.min(bytes.length - from, slotBytes - this.#at)
      const part = length === bytes.length ? bytes : bytes.subarray(from, from + length)
      this.#bytes.set(part, this.#slot * slotBytes + this.#at)
      this.#at += length
      from += length
    }
  }

  /** Waits until the reader has given the slot back. */
  #own(): void {
    if (this.#isOwn) return
    for (let looks = 0; ; looks++) {
      const filled = Atomics.load(this.#states, this.#slot)
      if (Atomics.load(this.#states, endedAt) !== 0 || looks === maxLooks) {
        throw new Error('the thread that checks beside the replay has ended')
      }
      if (filled === 0) break
      Atomics.wait(this.#states, this.#slot, filled, lookMs)
    }
    this.#isOwn = true
  }
}

/** The end that reads, in a thread that may wait. */
export class PipeReader {
  readonly #states: Int32Array
  readonly #shared: Uint8Array
  readonly #own = new Uint8Array(slotBytes)
  readonly #words = new Uint32Array(this.#own.buffer)
  readonly #numbers = new Float64Array(this.#own.buffer)
  #slot = 0
  #at = 0
  #end = 0

  constructor(memory: SharedArrayBuffer) {
    this.#states = new Int32Array(memory, 0, slots + 1)
    this.#shared = new Uint8Array(memory, headerBytes)
  }

  /** The next thing told; waits for it. */
  next(): Frame {
    if (this.#at >= this.#end) this.#take()
    const at = this.#at
    const type = this.#words[at / 4] ?? 0
    const length = this.#words[at / 4 + 1] ?? 0
    const numbers = this.#numbers.slice(at / 8 + 1, at / 8 + 1 + frameNumbers)
    this.#at += headBytes
    const body = this.#at + length <= this.#end ? this.#own.subarray(this.#at, this.#at + length) : this.#long(length)
    if (body.buffer === this.#own.buffer) this.#at += length
    this.#at = (this.#at + 7) & ~7
    return { type, numbers, body }
  }

  /** Tells a writer that waits that nobody reads any more. */
  close(): void {
    Atomics.store(this.#states, endedAt, 1)
    for (let slot = 0; slot < slots; slot++) Atomics.notify(this.#states, slot)
  }

  /** A body that goes on in the next slots. */
  #long(length: number): Uint8Array {
    const body = new Uint8Array(length)
    for (let filled = 0; filled < length;) {
      if (this.#at >= this.#end) this.#take()
      const part = this.#own.subarray(this.#at, Math.min(this.#end, this.#at + length - filled))
      body.set(part, filled)
      filled += part.length
      this.#at += part.length
    }
    return body
  }

  #take(): void {
    let filled = Atomics.load(this.#states, this.#slot)
    while (filled === 0) {
      Atomics.wait(this.#states, this.#slot, 0)
      filled = Atomics.load(this.#states, this.#slot)
    }
    const start = this.#slot * slotBytes
    this.#own.set(this.#shared.subarray(start, start + filled))
    Atomics.store(this.#states, this.#slot, 0)
    Atomics.notify(this.#states, this.#slot)
    this.#slot = (this.#slot + 1) % slots
    this.#at = 0
    this.#end = filled
  }
}
