/**
 * The form X07 hashes, made from the bytes of a JSON text without a tree between: most contracts say nothing that needs
 * more than spaces taken out and keys put in order, and for them this costs a fraction of `x07FormOfNode`, whose answer
 * is the same. The first `length` bytes must be JSON in UTF-8, as `JSON.parse` takes it. The form is borrowed: the next
 * call may write over it.
 *
 * Undefined where the careful way has to look: a key twice in one object, a key with an escape, a string with an escape
 * that can be written shorter, a number that is no integer of at most 15 digits, more than `maxDepth` levels.
 */
export function plainForm(json: Uint8Array, length: number, maxDepth: number): Uint8Array | undefined {
  scan.begin(json, length)
  return scan.value(maxDepth) ? scan.out.subarray(0, scan.end) : undefined
}

/** Integers of so many digits are doubles, whatever the digits, and print as they are written. */
const MAX_DIGITS = 15

/** Objects of more members are left to the sort of the platform, which needs fewer comparisons and more memory. */
const MAX_INSERTION_SORT = 24

/** Spans of more bytes are left to the platform to copy, which takes longer to begin. */
const MAX_COPY_LOOP = 64

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const BACKSLASH = 0x5c

/** Texts up to half this size share the memory in which their forms are made. */
const ROOM_BYTES = 524_288

/** Each method reads one thing at `at`, appends its form, and says whether it could. */
class Scan {
  json: Uint8Array = new Uint8Array()
  length = 0
  /** The form so far, and behind `length` room in which members change places. */
  out: Buffer
  readonly room: Buffer
  /** Of each member of the objects that are open: where it starts in `out`, where its key ends, where it ends, its prefix. */
  readonly members: number[] = []
  /** Places in `members` of the object that is being sorted, in the order of their keys. */
  readonly order: number[] = []
  top = 0
  at = 0
  end = 0

  constructor() {
    this.room = Buffer.allocUnsafeSlow(ROOM_BYTES)
    this.out = this.room
  }

  begin(json: Uint8Array, length: number): void {
    this.json = json
    this.length = length
    this.out = 2 * length > ROOM_BYTES ? Buffer.allocUnsafe(2 * length) : this.room
    this.top = 0
    this.at = 0
    this.end = 0
  }

  /** The next byte that is no space. */
  next(): number {
    const { json } = this
    let { at } = this
    let byte = json[at] ?? 0
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = json[(at += 1)] ?? 0
    this.at = at
    return byte
  }

  put(byte: number): void {
    this.out[this.end] = byte
    this.end += 1
  }

  value(depth: number): boolean {
    const byte = this.next()
    if (byte === QUOTE) return this.string(false)
    if (byte === 0x7b) return depth > 0 && this.object(depth - 1)
    if (byte === 0x5b) return depth > 0 && this.array(depth - 1)
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.number()
    return this.word(byte === 0x66 ? 'false'.length : 'true'.length)
  }

  word(length: number): boolean {
    for (const end = this.at + length; this.at < end; this.at += 1) this.put(this.json[this.at] ?? 0)
    return true
  }

  number(): boolean {
    const { json } = this
    const start = this.at + (json[this.at] === MINUS ? 1 : 0)
    let end = start
    // Only a number can be the end of a text without saying so.
    while (end < this.length && (json[end] ?? 0) >= ZERO && (json[end] ?? 0) <= NINE) end += 1
    const byte = end < this.length ? json[end] : COMMA
    // What is left of a number after its digits is a point or an exponent. Minus zero is a double to X07.
    if (byte === 0x2e || byte === 0x65 || byte === 0x45 || end - start > MAX_DIGITS) return false
    if (start > this.at && json[start] === ZERO) return false
    return this.word(end - this.at)
  }

  string(isKey: boolean): boolean {
    const { json, out } = this
    let { at, end } = this
    out[end] = QUOTE
    for (;;) {
      const byte = json[(at += 1)] ?? QUOTE
      out[(end += 1)] = byte
      if (byte === QUOTE) break
      if (byte === BACKSLASH) {
        const escaped = json[(at += 1)] ?? QUOTE
        // `\u` may stand for any character, `\/` for a slash; the other escapes are the form's own.
        if (isKey || escaped === 0x75 || escaped === 0x2f) return false
        out[(end += 1)] = escaped
      }
    }
    this.at = at + 1
    this.end = end + 1
    return true
  }

  array(depth: number): boolean {
    this.put(0x5b)
    this.at += 1
    if (this.next() !== 0x5d) {
      for (;;) {
        if (!this.value(depth)) return false
        if (this.next() !== COMMA) break
        this.put(COMMA)
        this.at += 1
      }
    }
    this.at += 1
    this.put(0x5d)
    return true
  }

  object(depth: number): boolean {
    this.put(0x7b)
    this.at += 1
    const first = this.top
    let ascending = true
    if (this.next() !== 0x7d) {
      for (;;) {
        const member = this.top
        this.top += 4
        this.members[member] = this.end
        this.next()
        if (!this.string(true)) return false
        this.members[member + 1] = this.end
        this.members[member + 3] = this.prefix(member)
        if (ascending && member > first) {
          const order = this.compare(member - 4, member)
          if (order === 0) return false
          ascending = order < 0
        }
        this.next()
        this.at += 1
        this.put(COLON)
        if (!this.value(depth)) return false
        this.members[member + 2] = this.end
        if (this.next() !== COMMA) break
        this.put(COMMA)
        this.at += 1
      }
    }
    this.at += 1
    if (!ascending && !this.sort(first)) return false
    this.top = first
    this.put(0x7d)
    return true
  }

  /** The first three bytes of a member's key as a number; what a shorter key lacks is 0, which no key has. */
  prefix(member: number): number {
    const { members, out } = this
    const start = (members[member] ?? 0) + 1
    const length = (members[member + 1] ?? 0) - 1 - start
    if (length > 2) return ((out[start] ?? 0) << 16) | ((out[start + 1] ?? 0) << 8) | (out[start + 2] ?? 0)
    return length === 2 ? ((out[start] ?? 0) << 16) | ((out[start + 1] ?? 0) << 8) : length * ((out[start] ?? 0) << 16)
  }

  /** Compares the keys of two members by their bytes. */
  compare(left: number, right: number): number {
    const { members, out } = this
    const prefixOrder = (members[left + 3] ?? 0) - (members[right + 3] ?? 0)
    if (prefixOrder !== 0) return prefixOrder
    let a = members[left] ?? 0
    let b = members[right] ?? 0
    const aEnd = members[left + 1] ?? 0
    const bEnd = members[right + 1] ?? 0
    const length = Math.min(aEnd - a, bEnd - b) - 1
    for (const end = a + length; a < end; a += 1, b += 1) {
      const order = (out[a] ?? 0) - (out[b] ?? 0)
      if (order !== 0) return order
    }
    return aEnd - bEnd - (a - b)
  }

  /** Puts the members of the innermost object in the order of their keys; not where two keys are the same. */
  sort(first: number): boolean {
    const { members, order, out } = this
    const count = (this.top - first) / 4
    for (let at = 0; at < count; at += 1) order[at] = first + 4 * at
    if (count > MAX_INSERTION_SORT) {
      order.length = count
      order.sort((a, b) => this.compare(a, b))
    } else this.insertionSort(count)
    for (let at = 1; at < count; at += 1) {
      if (this.compare(order[at - 1] ?? 0, order[at] ?? 0) === 0) return false
    }

    let to = members[first] ?? 0
    const moved = this.length - to
    out.copyWithin(this.length, to, this.end)
    for (let at = 0; at < count; at += 1) {
      const member = order[at] ?? 0
      const start = (members[member] ?? 0) + moved
      const end = (members[member + 2] ?? 0) + moved
      if (end - start > MAX_COPY_LOOP) out.copyWithin(to, start, end)
      else for (let from = start, target = to; from < end; from += 1, target += 1) out[target] = out[from] ?? 0
      to += end - start
      // The last one is put over by what closes the object.
      out[to] = COMMA
      to += 1
    }
    return true
  }

  insertionSort(count: number): void {
    const { order } = this
    for (let at = 1; at < count; at += 1) {
      const member = order[at] ?? 0
      let gap = at
      for (; gap > 0 && this.compare(order[gap - 1] ?? 0, member) > 0; gap -= 1) order[gap] = order[gap - 1] ?? 0
      order[gap] = member
    }
  }
}

/** One for all texts: to make each its own would cost more than most of them do. */
const scan = new Scan()
