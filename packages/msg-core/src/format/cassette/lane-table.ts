/** What one lane is: the exact bytes that its entries share. */
export interface Lane {
  readonly id: number
  readonly kind: Uint8Array
  readonly op: Uint8Array
  readonly key: Uint8Array
}

// A lane's row in the table of places: where its kind and op (one behind the other) and its key are, how long each is, their hash.
const ROW = 6
const AT = 0
const KEY_AT = 1
const KIND_LENGTH = 2
const OP_LENGTH = 3
const KEY_LENGTH = 4
const HASH = 5

/** A recording has few ops and any number of keys: so many pairs of kind and op are looked through before one is kept anew. */
const HEADS = 16

/** Slots of the hash table per lane, at least; more would only cost memory. */
const LOAD = 2
const INITIAL_SLOTS = 64
const INITIAL_BYTES = 1024

/**
 * Numbers lanes from 0 in the order in which they are first seen. A lane is the exact triple (kind, op, key): matching
 * goes by these bytes alone, nothing is decoded, folded or trimmed.
 *
 * A cassette may have as many lanes as entries: a lane costs the bytes of its key and about 40 more, and looking one up
 * allocates nothing (open addressing over the bytes themselves).
 */
export class LaneTable {
  #size = 0
  #bytes = new Uint8Array(INITIAL_BYTES)
  #filled = 0
  #places = new Uint32Array(INITIAL_SLOTS * ROW)
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1)
  // Neighbours mostly share a lane or alternate between two: those are found without hashing.
  #recent = -1
  #before = -1
  /** The last lanes whose kind and op were kept, {@link HEADS} at most. */
  readonly #heads: number[] = []

  /** How many lanes there are. */
  get size(): number {
    return this.#size
  }

  /** The lane with this number, in copies of its bytes; undefined where there is none. */
  get(id: number): Lane | undefined {
    if (!(id >= 0 && id < this.#size)) return undefined
    const [opAt, keyAt] = [this.#opAt(id), this.#place(id, KEY_AT)]
    return {
      id,
      kind: this.#bytes.slice(this.#place(id, AT), opAt),
      op: this.#bytes.slice(opAt, opAt + this.#place(id, OP_LENGTH)),
      key: this.#bytes.slice(keyAt, keyAt + this.#place(id, KEY_LENGTH)),
    }
  }

  /** All lanes, in the order of their numbers. */
  *values(): IterableIterator<Lane> {
    for (let id = 0; id < this.#size; id++) yield this.get(id)!
  }

  /** Whether the lane has exactly this kind. */
  hasKind(id: number, kind: Uint8Array): boolean {
    return this.#place(id, KIND_LENGTH) === kind.length && this.#equal(this.#place(id, AT), kind, 0, kind.length)
  }

  /** Whether the lane has exactly this op. */
  hasOp(id: number, op: Uint8Array): boolean {
    return this.#place(id, OP_LENGTH) === op.length && this.#equal(this.#opAt(id), op, 0, op.length)
  }

  /** The number of the lane with these bytes, -1 where there is none. */
  find(kind: Uint8Array, op: Uint8Array, key: Uint8Array): number {
    const hash = mix(key, 0, key.length, mix(op, 0, op.length, mix(kind, 0, kind.length, SEED))) >>> 0
    return this.#slots[this.#slotOf(hash, kind, 0, kind.length, op, 0, op.length, key, 0, key.length)]!
  }

  /** The number of the lane whose parts lie in `bytes` at these places; a new lane gets copies of them. */
  intern(
    bytes: Uint8Array,
    kindAt: number,
    kindLength: number,
    opAt: number,
    opLength: number,
    keyAt: number,
    keyLength: number,
  ): number {
    const recent = this.#recent
    const before = this.#before
    if (recent >= 0 && this.#is(recent, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)) {
      return recent
    }
    this.#before = recent
    if (before >= 0 && this.#is(before, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)) {
      this.#recent = before
      return before
    }
    const hash = mix(bytes, keyAt, keyLength, mix(bytes, opAt, opLength, mix(bytes, kindAt, kindLength, SEED))) >>> 0
    const slot = this.#slotOf(hash, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)
    const found = this.#slots[slot]!
    this.#recent = found
    if (found >= 0) return found
    const id = this.#size++
    this.#recent = id
    this.#slots[slot] = id
    const head = this.#headOf(id, bytes, kindAt, kindLength, opAt, opLength)
    this.#keepPlace(id, head, kindLength, opLength, keyLength, hash)
    this.#keepBytes(bytes, keyAt, keyLength)
    if (this.#size * LOAD > this.#slots.length) this.#growSlots()
    return id
  }

  /** Where the kind and op of a new lane are: where those of another lane are, if that has the same, else they are kept. */
  #headOf(id: number, bytes: Uint8Array, kindAt: number, kindLength: number, opAt: number, opLength: number): number {
    for (const lane of this.#heads) {
      const head = this.#place(lane, AT)
      if (
        this.#place(lane, KIND_LENGTH) === kindLength &&
        this.#place(lane, OP_LENGTH) === opLength &&
        this.#equal(head, bytes, kindAt, kindLength) &&
        this.#equal(head + kindLength, bytes, opAt, opLength)
      )
        return head
    }
    if (this.#heads.length === HEADS) this.#heads.shift()
    this.#heads.push(id)
    const head = this.#filled
    this.#keepBytes(bytes, kindAt, kindLength)
    this.#keepBytes(bytes, opAt, opLength)
    return head
  }

  /** The key's bytes are kept next. */
  #keepPlace(id: number, head: number, kindLength: number, opLength: number, keyLength: number, hash: number): void {
    if ((id + 1) * ROW > this.#places.length) {
      const grown = new Uint32Array(this.#places.length * 2)
      grown.set(this.#places)
      this.#places = grown
    }
    const row = id * ROW
    this.#places[row + AT] = head
    this.#places[row + KEY_AT] = this.#filled
    this.#places[row + KIND_LENGTH] = kindLength
    this.#places[row + OP_LENGTH] = opLength
    this.#places[row + KEY_LENGTH] = keyLength
    this.#places[row + HASH] = hash
  }

  #keepBytes(bytes: Uint8Array, at: number, length: number): void {
    if (this.#filled + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#filled + length, this.#bytes.length * 2))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes.set(bytes.subarray(at, at + length), this.#filled)
    this.#filled += length
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let id = 0; id < this.#size; id++) {
      let slot = this.#place(id, HASH) & mask
      while (slots[slot] !== -1) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }

  #slotOf(
    hash: number,
    kind: Uint8Array,
    kindAt: number,
    kindLength: number,
    op: Uint8Array,
    opAt: number,
    opLength: number,
    key: Uint8Array,
    keyAt: number,
    keyLength: number,
  ): number {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let id = this.#slots[slot]!; id !== -1; id = this.#slots[slot]!) {
      const same = this.#place(id, HASH) === hash
      if (same && this.#is(id, kind, kindAt, kindLength, op, opAt, opLength, key, keyAt, keyLength)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #is(
    id: number,
    kind: Uint8Array,
    kindAt: number,
    kindLength: number,
    op: Uint8Array,
    opAt: number,
    opLength: number,
    key: Uint8Array,
    keyAt: number,
    keyLength: number,
  ): boolean {
    return (
      this.#place(id, KEY_LENGTH) === keyLength &&
      this.#place(id, OP_LENGTH) === opLength &&
      this.#place(id, KIND_LENGTH) === kindLength &&
      this.#equal(this.#place(id, KEY_AT), key, keyAt, keyLength) &&
      this.#equal(this.#opAt(id), op, opAt, opLength) &&
      this.#equal(this.#place(id, AT), kind, kindAt, kindLength)
    )
  }

  // From the end: keys of one kind of effect tend to begin alike.
  #equal(place: number, bytes: Uint8Array, at: number, length: number): boolean {
    const known = this.#bytes
    for (let index = length - 1; index >= 0; index--) if (known[place + index] !== bytes[at + index]) return false
    return true
  }

  #place(id: number, column: number): number {
    return this.#places[id * ROW + column]!
  }

  #opAt(id: number): number {
    return this.#place(id, AT) + this.#place(id, KIND_LENGTH)
  }
}

// FNV-1a, 32 bits; the length is mixed in so that bytes cannot move from one part to the next.
const SEED = 0x811c9dc5
const PRIME = 0x01000193

function mix(bytes: Uint8Array, at: number, length: number, seed: number): number {
  let hash = Math.imul(seed ^ length, PRIME)
  for (let index = at; index < at + length; index++) hash = Math.imul(hash ^ bytes[index]!, PRIME)
  return hash ^ (hash >>> 15)
}
