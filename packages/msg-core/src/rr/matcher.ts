import type { IndexedReader } from '../format/cassette/reader.ts'
import { RrError } from '../format/cassette/rr-error.ts'
import { MATCH_RULES } from './modes.ts'
import type { MatchMode } from './modes.ts'

/** Bytes, or text that stands for its UTF-8. */
export type TextOrBytes = string | Uint8Array

/** Lanes that are looked through for the nearest to one that is missing: a miss must stay cheap in `record_missing_v1`. */
const NEAREST_LANES = 256

/** Characters of a key that a message shows. */
const SHOWN_KEY = 80

/**
 * Finds the entry that answers a call, in either match mode. Constant time for each call: lanes are looked up by hash,
 * and within a lane a mark stands at the first unused entry.
 */
export class Matcher {
  readonly #reader: IndexedReader
  readonly #name: string
  readonly #matchMode: MatchMode
  readonly #maxKeyBytes: number
  #cursor = 0
  #past = false
  readonly #kind = new TextMemo()
  readonly #op = new TextMemo()
  readonly #key = new TextMemo()
  // The lane of the three texts asked for last; -1 where it has to be looked up.
  #lane = -1

  constructor(reader: IndexedReader, name: string, matchMode: MatchMode, maxKeyBytes: number) {
    this.#reader = reader
    this.#name = name
    this.#matchMode = matchMode
    this.#maxKeyBytes = maxKeyBytes
  }

  /**
   * Index of the matching entry, taken.
   *
   * @throws RrError 2007 for a key over the budget, 2009 for a miss, in transcript 2010 and 2011
   */
  take(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): number {
    return MATCH_RULES[this.#matchMode].candidate === 'next of file'
      ? this.#nextOfFile(kind, op, key)
      : this.#firstUnused(kind, op, key)
  }

  #firstUnused(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): number {
    const lane = this.#laneOf(kind, op, key)
    const index = this.#reader.peek(lane)
    if (index === undefined) throw this.#missed(lane, kind, op, key)
    this.#reader.consume(index)
    return index
  }

  // X07's order, kept because programs replay against it: the cursor moves before anything is compared, a mismatch has
  // consumed its entry, and past the end stays past the end even when entries are appended.
  #nextOfFile(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): number {
    this.#checkKey(this.#key.bytes(key))
    if (this.#past || this.#cursor >= this.#reader.count) {
      this.#past = true
      const message = `next in "${this.#name}": the transcript has ended after ${this.#cursor} entries`
      throw new RrError(2009, message, { entry: this.#cursor })
    }
    const index = this.#cursor++
    const { lanes } = this.#reader
    const lane = this.#reader.lane(index)
    if (!lanes.hasKind(lane, this.#kind.bytes(kind))) throw this.#mismatch(2010, 'kind', index, kind)
    if (!lanes.hasOp(lane, this.#op.bytes(op))) throw this.#mismatch(2011, 'op', index, op)
    return index
  }

  #laneOf(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): number {
    if (this.#lane !== -1 && this.#key.holds(key) && this.#op.holds(op) && this.#kind.holds(kind)) return this.#lane
    const keyBytes = this.#key.bytes(key)
    this.#checkKey(keyBytes)
    this.#lane = this.#reader.lanes.find(this.#kind.bytes(kind), this.#op.bytes(op), keyBytes)
    return this.#lane
  }

  #checkKey(key: Uint8Array): void {
    if (key.length <= this.#maxKeyBytes) return
    throw new RrError(
      2007,
      `next in "${this.#name}": key is ${key.length} bytes, more than max_key_bytes ${this.#maxKeyBytes}`,
    )
  }

  #missed(lane: number, kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): RrError {
    const asked = `kind ${shown(kind)}, op ${shown(op)}, key ${shown(key)}`
    const why = lane === -1 ? `nothing was recorded for it${this.#nearest(op)}` : 'every entry recorded for it is used'
    return new RrError(2009, `next in "${this.#name}" for ${asked}: ${why}; record again if the program has changed`)
  }

  #nearest(op: TextOrBytes): string {
    const { lanes } = this.#reader
    const bytes = this.#op.bytes(op)
    for (let id = 0; id < Math.min(lanes.size, NEAREST_LANES); id++) {
      if (!lanes.hasOp(id, bytes)) continue
      const lane = lanes.get(id)!
      return `, nearest is kind ${shown(lane.kind)}, op ${shown(lane.op)}, key ${shown(lane.key)}`
    }
    return ''
  }

  #mismatch(code: 2010 | 2011, field: 'kind' | 'op', index: number, asked: TextOrBytes): RrError {
    const recorded = shown(this.#reader.lanes.get(this.#reader.lane(index))![field])
    const message = `next in "${this.#name}": entry ${index} has ${field} ${recorded}, the program asked for ${shown(asked)}`
    return new RrError(code, message, { entry: index })
  }
}

const encoder = new TextEncoder()

/** The bytes of the text asked for last: programs ask for the same few texts again and again. */
class TextMemo {
  #text: string | undefined
  #bytes = new Uint8Array(0)

  /** Whether this very text was asked for last. Bytes are never taken for the same: their owner may change them. */
  holds(text: TextOrBytes): boolean {
    return text === this.#text
  }

  bytes(text: TextOrBytes): Uint8Array {
    if (typeof text !== 'string') {
      this.#text = undefined
      return text
    }
    if (text !== this.#text) {
      this.#bytes = encoder.encode(text)
      this.#text = text
    }
    return this.#bytes
  }
}

/** A kind, op or key as messages show it. */
export function shown(text: TextOrBytes): string {
  const full = typeof text === 'string' ? text : new TextDecoder().decode(text)
  return JSON.stringify(full.length > SHOWN_KEY ? `${full.slice(0, SHOWN_KEY)}…` : full)
}
