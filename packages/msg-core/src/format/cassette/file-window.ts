import { readFully } from './frame-walk.ts'

/** Bytes looked at at a time. */
const WINDOW_BYTES = 64 * 1024

/** The bytes of a file, wherever asked for, through one small buffer: what is large is walked over and never held. */
export class FileWindow {
  readonly #fd: number
  readonly #size: number
  readonly #buffer = new Uint8Array(WINDOW_BYTES)
  #start = 0
  #end = 0

  constructor(fd: number, size: number) {
    this.#fd = fd
    this.#size = size
  }

  byte(at: number): number {
    if (at < this.#start || at >= this.#end) this.#load(at)
    return this.#buffer[at - this.#start]!
  }

  u32(at: number): number {
    const low = this.byte(at) | (this.byte(at + 1) << 8) | (this.byte(at + 2) << 16)
    return (low | (this.byte(at + 3) << 24)) >>> 0
  }

  /** A copy. */
  bytes(at: number, length: number): Uint8Array {
    const copy = new Uint8Array(length)
    readFully(this.#fd, copy, 0, length, at)
    return copy
  }

  #load(at: number): void {
    const length = Math.min(WINDOW_BYTES, this.#size - at)
    readFully(this.#fd, this.#buffer, 0, length, at)
    this.#start = at
    this.#end = at + length
  }
}
