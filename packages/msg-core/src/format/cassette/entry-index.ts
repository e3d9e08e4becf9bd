import { ABSENT, NearColumn } from './near-column.ts'

/** Entries of one page of the index. */
const PAGE_SHIFT = 13
const PAGE_ENTRIES = 1 << PAGE_SHIFT
const ROW_MASK = PAGE_ENTRIES - 1

// A lane's row.
const LANE_ROW = 4
const LAST = 0
const MARK = 1
const TOTAL = 2
const USED = 3
const LANES_AT_FIRST = 16

/** A column of a page: as narrow as its values allow. */
type Column = Uint8Array | Uint16Array | Uint32Array

interface Page {
  readonly offsets: NearColumn
  lanes: Column
  /** Distance to the next entry of the same lane, 0 where there is none yet. */
  steps: Column
  /** Undefined as long as no entry of the page has a begin position. */
  begins: NearColumn | undefined
}

/** Makes a page again: calls {@link EntryIndex.refill} for each of its entries, in their order. */
export type Refill = (from: { readonly entry: number; readonly offset: number }, entries: number) => void

/**
 * What a reader keeps of every entry: its place in the file, its lane, its begin position, the way to the next entry of
 * the lane, and whether it was used. Columns of typed arrays in pages, 6 bytes an entry as a rule (offset 2, begin 2, lane 1,
 * step 1); a page with long entries, many lanes or far neighbours has wider columns.
 *
 * So many pages are kept at most; of the others only where they begin and which entries were used (a bit each). What is asked of one
 * of them is read from the file again, so that a cassette of any size takes the same memory where it is gone through in order.
 */
export class EntryIndex {
  readonly #pages: (Page | undefined)[] = []
  /** By page: where its first entry is. */
  readonly #starts: number[] = []
  /** By page: which entries were used, a bit each. */
  readonly #usedBits: (Uint32Array | undefined)[] = []
  /** By page: rows whose next entry of the lane is in a later page, each followed by its step. */
  readonly #crossings: (number[] | undefined)[] = []
  /** The pages that are kept, the oldest first. */
  readonly #kept: number[] = []
  /** The page that was given up last: the next one is made of it. Their garbage would be collected much later than it is made. */
  #spare: Page | undefined
  #maxKept: number
  readonly #refill: Refill
  /** What has no place in the file stays, from this page on. */
  #pinned = Number.POSITIVE_INFINITY
  // Per lane a row: the last entry, the first not yet used (the low-water mark), totals.
  #lanes = new Int32Array(LANES_AT_FIRST * LANE_ROW)
  #laneCount = 0
  #count = 0
  #used = 0
  /** The page that is made again: by lane its last row, and the row that comes next. */
  #refilled: { readonly page: Page; readonly last: Map<number, number>; row: number } | undefined

  /**
   * @param maxKept pages kept at most; at least two
   * @param refill how a page is read again; not called where all are kept
   */
  constructor(
    maxKept = Number.POSITIVE_INFINITY,
    refill: Refill = () => {
      throw new TypeError('all pages are kept')
    },
  ) {
    this.#maxKept = maxKept
    this.#refill = refill
  }

  get count(): number {
    return this.#count
  }

  get used(): number {
    return this.#used
  }

  /** Adds an entry; `lane` is at most one above the highest lane so far. */
  add(offset: number, lane: number, begin: number | undefined): void {
    const index = this.#count++
    const row = index & ROW_MASK
    const page = row === 0 ? this.#addPage(offset) : this.#page(index)
    fill(page, row, offset, lane, begin)
    this.#link(index, lane)
  }

  /** Keeps so many pages at most from now on, at least two. */
  limit(maxKept: number): void {
    this.#maxKept = maxKept
    while (this.#kept.length > maxKept) this.#giveUp()
  }

  /** From now on entries are added that are in no file: their pages stay. */
  pin(): void {
    this.#pinned = Math.min(this.#pinned, this.#count >>> PAGE_SHIFT)
  }

  /** The next entry of the page that is made again. */
  refill(offset: number, lane: number, begin: number | undefined): void {
    const refilled = this.#refilled
    if (refilled === undefined) throw new TypeError('no page is made again')
    const { page, last, row } = refilled
    fill(page, row, offset, lane, begin)
    const before = last.get(lane)
    if (before !== undefined) page.steps = put(page.steps, before, row - before)
    last.set(lane, row)
    refilled.row++
  }

  offset(index: number): number {
    return this.#page(index).offsets.get(index & ROW_MASK)
  }

  lane(index: number): number {
    return this.#page(index).lanes[index & ROW_MASK]!
  }

  begin(index: number): number | undefined {
    const begin = this.#page(index).begins?.get(index & ROW_MASK) ?? ABSENT
    return begin === ABSENT ? undefined : begin
  }

  isUsed(index: number): boolean {
    this.#check(index)
    const row = index & ROW_MASK
    return ((this.#usedBits[index >>> PAGE_SHIFT]?.[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0
  }

  /** First entry of the lane that is not used, -1 where there is none. */
  firstUnused(lane: number): number {
    return lane < this.#laneCount ? this.#lanes[lane * LANE_ROW + MARK]! : -1
  }

  /** Next entry of the same lane, used or not; -1 where there is none. */
  nextInLane(index: number): number {
    const step = this.#page(index).steps[index & ROW_MASK]!
    return step === 0 ? -1 : index + step
  }

  /** Marks an entry used; false where it was already. The mark of its lane moves over used entries once, never back. */
  use(index: number): boolean {
    if (this.isUsed(index)) return false
    const row = index & ROW_MASK
    const used = (this.#usedBits[index >>> PAGE_SHIFT] ??= new Uint32Array(PAGE_ENTRIES / 32))
    used[row >>> 5] = used[row >>> 5]! | (1 << (row & 31))
    this.#used++
    const lane = this.lane(index)
    const laneRow = lane * LANE_ROW
    this.#lanes[laneRow + USED]!++
    if (this.#lanes[laneRow + MARK] === index) this.#lanes[laneRow + MARK] = this.#unusedFrom(this.nextInLane(index))
    return true
  }

  /** How many entries the lane has. */
  countOf(lane: number): number {
    return lane < this.#laneCount ? this.#lanes[lane * LANE_ROW + TOTAL]! : 0
  }

  /** How many entries of the lane are not used. */
  unusedInLane(lane: number): number {
    return lane < this.#laneCount ? this.countOf(lane) - this.#lanes[lane * LANE_ROW + USED]! : 0
  }

  #unusedFrom(start: number): number {
    let index = start
    while (index !== -1 && this.isUsed(index)) index = this.nextInLane(index)
    return index
  }

  #link(index: number, lane: number): void {
    const row = lane * LANE_ROW
    if (lane >= this.#laneCount) {
      if (row + LANE_ROW > this.#lanes.length) this.#growLanes()
      this.#laneCount = lane + 1
      this.#lanes[row + MARK] = index
      this.#lanes[row + TOTAL] = 1
    } else {
      this.#step(this.#lanes[row + LAST]!, index)
      this.#lanes[row + TOTAL]!++
      if (this.#lanes[row + MARK] === -1) this.#lanes[row + MARK] = index
    }
    this.#lanes[row + LAST] = index
  }

  #step(last: number, index: number): void {
    const number = last >>> PAGE_SHIFT
    const row = last & ROW_MASK
    const page = this.#pages[number]
    if (page !== undefined) page.steps = put(page.steps, row, index - last)
    if (number !== index >>> PAGE_SHIFT) (this.#crossings[number] ??= []).push(row, index - last)
  }

  #growLanes(): void {
    const grown = new Int32Array(this.#lanes.length * 2)
    grown.set(this.#lanes)
    this.#lanes = grown
  }

  #check(index: number): void {
    if (index >= 0 && index < this.#count) return
    throw new RangeError(`entry ${index} does not exist, the cassette has ${this.#count}`)
  }

  #page(index: number): Page {
    const number = index >= 0 && index < this.#count ? index >>> PAGE_SHIFT : -1
    return this.#pages[number] ?? this.#again(index, number)
  }

  #addPage(start: number): Page {
    const page = this.#emptyPage()
    this.#starts.push(start)
    this.#usedBits.push(undefined)
    this.#crossings.push(undefined)
    this.#pages.push(page)
    this.#keep(this.#pages.length - 1)
    return page
  }

  #again(index: number, number: number): Page {
    this.#check(index)
    const page = this.#emptyPage()
    this.#refilled = { page, last: new Map(), row: 0 }
    const entry = number * PAGE_ENTRIES
    this.#refill({ entry, offset: this.#starts[number]! }, Math.min(PAGE_ENTRIES, this.#count - entry))
    this.#refilled = undefined
    const crossings = this.#crossings[number] ?? []
    for (let at = 0; at < crossings.length; at += 2) page.steps = put(page.steps, crossings[at]!, crossings[at + 1]!)
    this.#pages[number] = page
    this.#keep(number)
    return page
  }

  #keep(number: number): void {
    if (number >= this.#pinned) return
    this.#kept.push(number)
    if (this.#kept.length > this.#maxKept) this.#giveUp()
  }

  #giveUp(): void {
    const oldest = this.#kept.shift()!
    if (oldest >= this.#pinned) return
    this.#spare = this.#pages[oldest]
    this.#pages[oldest] = undefined
  }

  #emptyPage(): Page {
    const spare = this.#spare
    this.#spare = undefined
    if (spare === undefined) {
      return { offsets: new NearColumn(PAGE_ENTRIES), lanes: narrow(), steps: narrow(), begins: undefined }
    }
    spare.offsets.clear()
    spare.begins?.clear()
    spare.lanes = cleared(spare.lanes)
    spare.steps = cleared(spare.steps)
    return spare
  }
}

function narrow(): Column {
  return new Uint8Array(PAGE_ENTRIES)
}

function cleared(column: Column): Column {
  return column.BYTES_PER_ELEMENT > 2 ? narrow() : column.fill(0)
}

function fill(page: Page, row: number, offset: number, lane: number, begin: number | undefined): void {
  page.offsets.put(row, offset)
  page.lanes = put(page.lanes, row, lane)
  if (begin !== undefined && begin < ABSENT) (page.begins ??= new NearColumn(PAGE_ENTRIES)).put(row, begin)
}

function put(column: Column, row: number, value: number): Column {
  const wide = value > 0xffff ? widen(column, 4) : value > 0xff ? widen(column, 2) : column
  wide[row] = value
  return wide
}

function widen(column: Column, bytes: 2 | 4): Column {
  if (column.BYTES_PER_ELEMENT >= bytes) return column
  return bytes === 2 ? Uint16Array.from(column) : Uint32Array.from(column)
}
