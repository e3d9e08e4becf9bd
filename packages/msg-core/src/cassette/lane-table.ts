/** What one lane is: the exact bytes that its entries share. */
export interface Lane {
  readonly id: number
  readonly kind: Uint8Array
  readonly op: Uint8Array
  readonly key: Uint8Array
}

/** Slots of the hash table per lane, at least; more would only cost memory. */
const LOAD = 2
const INITIAL_SLOTS = 64

/**
 * Numbers lanes from 0 in the order in which they are first seen. A lane is the exact triple (kind, op, key): matching
 * goes by these bytes alone, nothing is decoded, folded or trimmed.
 *
 * Open addressing over the bytes themselves, so that looking a lane up allocates nothing.
 */
export class LaneTable {
  readonly #lanes: Lane[] = []
  readonly #hashes: number[] = []
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1)
  // Neighbours mostly share a lane or alternate between two: those are found without hashing.
  #recent: Lane | undefined
  #before: Lane | undefined

  /** How many lanes there are. */
  get size(): number {
    return this.#lanes.length
  }

  /** The lane with this number, undefined where there is none. */
  get(id: number): Lane | undefined {
    return this.#lanes[id]
  }

  /** All lanes, in the order of their numbers. */
  values(): IterableIterator<Lane> {
    return this.#lanes.values()
  }

  /** The number of the lane with these bytes, -1 where there is none. */
  find(kind: Uint8Array, op: Uint8Array, key: Uint8Array): number {
    const hash = mix(key, 0, key.length, mix(op, 0, op.length, mix(kind, 0, kind.length, SEED)))
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
    if (
      recent !== undefined &&
      same(recent, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)
    ) {
      return recent.id
    }
    const before = this.#before
    this.#before = recent
    if (
      before !== undefined &&
      same(before, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)
    ) {
      this.#recent = before
      return before.id
    }
    const hash = mix(bytes, keyAt, keyLength, mix(bytes, opAt, opLength, mix(bytes, kindAt, kindLength, SEED)))
    const slot = this.#slotOf(hash, bytes, kindAt, kindLength, bytes, opAt, opLength, bytes, keyAt, keyLength)
    const found = this.#lanes[this.#slots[slot]!]
    this.#recent = found ?? {
      id: this.#lanes.length,
      kind: shared(recent?.kind, bytes, kindAt, kindLength),
      op: shared(recent?.op, bytes, opAt, opLength),
      key: copyOf(bytes, keyAt, keyLength),
    }
    if (found === undefined) this.#add(this.#recent, hash, slot)
    return this.#recent.id
  }

  #add(lane: Lane, hash: number, slot: number): void {
    this.#slots[slot] = lane.id
    this.#lanes.push(lane)
    this.#hashes.push(hash)
    if (this.#lanes.length * LOAD > this.#slots.length) this.#grow()
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    this.#hashes.forEach((hash, id) => {
      let slot = hash & (slots.length - 1)
      while (slots[slot] !== -1) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = id
    })
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
      if (
        this.#hashes[id] === hash &&
        same(this.#lanes[id]!, kind, kindAt, kindLength, op, opAt, opLength, key, keyAt, keyLength)
      ) {
        return slot
      }
      slot = (slot + 1) & mask
    }
    return slot
  }
}

// A cassette may have as many lanes as entries, and then they differ in the key alone.
function shared(known: Uint8Array | undefined, bytes: Uint8Array, at: number, length: number): Uint8Array {
  return known?.length === length && equalAt(known, bytes, at) ? known : copyOf(bytes, at, length)
}

// Not `slice`, which on a Buffer gives a view.
function copyOf(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.subarray(at, at + length))
}

// FNV-1a, 32 bits; the length is mixed in so that bytes cannot move from one part to the next.
const SEED = 0x811c9dc5
const PRIME = 0x01000193

function mix(bytes: Uint8Array, at: number, length: number, seed: number): number {
  let hash = Math.imul(seed ^ length, PRIME)
  for (let index = at; index < at + length; index++) hash = Math.imul(hash ^ bytes[index]!, PRIME)
  return hash ^ (hash >>> 15)
}

function same(
  lane: Lane,
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
    lane.key.length === keyLength &&
    lane.op.length === opLength &&
    lane.kind.length === kindLength &&
    equalAt(lane.key, key, keyAt) &&
    equalAt(lane.op, op, opAt) &&
    equalAt(lane.kind, kind, kindAt)
  )
}

function equalAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let index = wanted.length - 1; index >= 0; index--) if (wanted[index] !== bytes[at + index]) return false
  return true
}
