import { endianness } from 'node:os'

/** A text that is looked for. */
export interface SoughtText {
  /** Of two bytes at least; with `anyCase` ASCII in lower case. */
  readonly text: Uint8Array
  /** Whether ASCII letters count in either case. */
  readonly anyCase: boolean
}

/** A text, by its place in the list, whose bytes at an offset are a pair that it is told by. */
interface Candidate {
  readonly place: number
  readonly offset: number
}

/** Bytes that are copied and looked at together: they and the lines of the table that texts need stay in the nearest cache. */
const roomBytes = 16 * 1024
const isLittleEndian = endianness() === 'LE'

/** Bytes from the commonest in messages of JSON and text and the lengths before them; all others are rarer than these. */
const commonest = Buffer.from('\0e taoinsr"hldcu:,m0pf1g2w3y4b5v6k7-8.9/_xjqz{}=')
/** How common each byte is, larger for more. */
const commonness = new Uint8Array(256).fill(1)
for (const [at, byte] of commonest.entries()) commonness[byte] = 2 * (commonest.length - at)

/**
 * Finds any of many texts in one pass that looks at two bytes at a time, and each pair once. A text of three bytes or more has one
 * whole pair among those whichever parity its place has; it is told by its rarest pair of each parity. A text of two bytes at an odd
 * place is told by its first byte.
 */
export class TextFinder {
  readonly #texts: readonly SoughtText[]
  /** By a pair as {@link pairOf} numbers it: 0, or one more than the place in {@link #candidates}. */
  readonly #table = new Uint16Array(65_536)
  readonly #candidates: Candidate[][] = []
  /** By a number of {@link #table} and the byte behind the pair: 1 where a text may go on so. */
  readonly #nexts: Uint8Array
  /** A byte longer than what it is filled with: behind each pair is another. */
  readonly #room = new Uint8Array(roomBytes + 2)
  readonly #pairs = new Uint16Array(this.#room.buffer)

  constructor(texts: readonly SoughtText[]) {
    this.#texts = texts
    for (const [place, { text, anyCase }] of texts.entries()) {
      for (const parity of [0, 1]) {
        const offset = rarestOffset(text, parity)
        const firsts = offset < 0 ? everyByte : casesOf(text[offset]!, anyCase)
        for (const first of firsts) {
          for (const second of casesOf(text[offset + 1]!, anyCase)) this.#add(pairOf(first, second), { place, offset })
        }
      }
    }
    this.#nexts = new Uint8Array((this.#candidates.length + 1) << 8)
    for (const [list, candidates] of this.#candidates.entries()) {
      for (const { place, offset } of candidates) {
        const { text, anyCase } = texts[place]!
        const nexts = offset + 2 < text.length ? casesOf(text[offset + 2]!, anyCase) : everyByte
        for (const next of nexts) this.#nexts[((list + 1) << 8) | next] = 1
      }
    }
  }

  #add(pair: number, candidate: Candidate): void {
    if (this.#table[pair] === 0) this.#table[pair] = this.#candidates.push([])
    this.#candidates[this.#table[pair]! - 1]?.push(candidate)
  }

  /** Whether one of the texts is there. */
  isIn(bytes: Uint8Array): boolean {
    return this.#each(bytes, () => true)
  }

  /** Calls `found` for each place of each text, by its place in the list; the places of one text are not in order. */
  each(bytes: Uint8Array, found: (place: number, at: number) => void): void {
    this.#each(bytes, (place, at) => {
      found(place, at)
      return false
    })
  }

  #each(bytes: Uint8Array, isLast: (place: number, at: number) => boolean): boolean {
    const { length } = bytes
    const room = this.#room
    for (let from = 0; from < length; from += roomBytes) {
      const count = Math.min(length - from, roomBytes)
      room.set(count === length ? bytes : bytes.subarray(from, from + count))
      // A text is told by a pair that is whole; what may be behind the last one is compared with the bytes themselves.
      const end = count >> 1
      if (count === roomBytes && from + count < length) room[count] = bytes[from + count]!
      for (let pair = this.#next(0, end); pair < end; pair = this.#next(pair + 1, end)) {
        const candidates = this.#candidates[this.#table[this.#pairs[pair]!]! - 1]!
        for (let index = 0; index < candidates.length; index++) {
          const { place, offset } = candidates[index]!
          const at = from + 2 * pair - offset
          const { text, anyCase } = this.#texts[place]!
          if (isAt(bytes, at, text, anyCase) && isLast(place, at)) return true
        }
      }
    }
    return false
  }

  /** The first pair from a place on that a text may be told by; the end where there is none. */
  #next(from: number, end: number): number {
    const table = this.#table
    const pairs = this.#pairs
    const nexts = this.#nexts
    const room = this.#room
    for (let pair = from; pair < end; pair++) {
      const list = table[pairs[pair]!]!
      if (list !== 0 && nexts[(list << 8) | room[2 * pair + 2]!] !== 0) return pair
    }
    return end
  }
}

const everyByte = Array.from({ length: 256 }, (_, byte) => byte)

/** A pair of bytes as an array of 16 bits over the same memory gives it. */
function pairOf(first: number, second: number): number {
  return isLittleEndian ? first | (second << 8) : (first << 8) | second
}

/**
 * Where the rarest pair of a text begins, of those at even or at odd offsets, with what comes behind it; -1 where the only such pair
 * begins before the text.
 */
function rarestOffset(text: Uint8Array, parity: number): number {
  let rarest = -1
  let least = Number.POSITIVE_INFINITY
  for (let offset = parity; offset + 1 < text.length; offset += 2) {
    const next = text[offset + 2]
    const [pair, triple] = [
      commonOf(text[offset]!) * commonOf(text[offset + 1]!),
      next === undefined ? 128 : commonOf(next),
    ]
    if (pair * triple < least) [rarest, least] = [offset, pair * triple]
  }
  return rarest
}

function commonOf(byte: number): number {
  return commonness[byte]!
}

function casesOf(byte: number, anyCase: boolean): readonly number[] {
  return anyCase && isLetter(byte) ? [byte, byte & ~0x20] : [byte]
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}

/** Whether a text stands at a place. */
export function isAt(bytes: Uint8Array, at: number, text: Uint8Array, anyCase = false): boolean {
  if (at < 0 || at + text.length > bytes.length) return false
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[at + index]!
    const wanted = text[index]!
    if (byte !== wanted && !(anyCase && isLetter(wanted) && (byte | 0x20) === wanted)) return false
  }
  return true
}
