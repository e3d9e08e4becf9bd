import { ABSENT, NearColumn } from './near-column.ts'

/** Entries of one page of the index. */
const PAGE_ENTRIES = 8192

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
  readonly used: Uint32Array
}

/**
 * What a reader keeps of every entry: its place in the file, its lane, its begin position, the way to the next entry of
 * the lane, and whether it was used. Columns of typed arrays in pages, 6 bytes an entry as a rule (offset 2, begin 2, lane 1,
 * step 1) and three bits; a page with long entries, many lanes or far neighbours has wider columns.
 */
export class EntryIndex {
  readonly #pages: Page[] = []
  // Per lane a row: the last entry, the first not yet used (the low-water mark), totals.
  #lanes = new Int32Array(LANES_AT_FIRST * LANE_ROW)
  #laneCount = 0
  #count = 0
  #used = 0

  get count(): number {
    return this.#count
  }

  get used(): number {
    return this.#used
  }

  /** Adds an entry; `lane` is at most one above the highest lane so far. */
  add(offset: number, lane: number, begin: number | undefined): void {
    const index = this.#count++
    const row = index % PAGE_ENTRIES
    const page = row === 0 ? this.#addPage() : this.#pages[(index - row) / PAGE_ENTRIES]!
    page.offsets.put(row, offset)
    page.lanes = put(page.lanes, row, lane)
    if (begin !== undefined && begin < ABSENT) (page.begins ??= new NearColumn(PAGE_ENTRIES)).put(row, begin)
    this.#link(index, lane)
  }

  offset(index: number): number {
    return this.#page(index).offsets.get(index % PAGE_ENTRIES)
  }

  lane(index: number): number {
    return this.#page(index).lanes[index % PAGE_ENTRIES]!
  }

  begin(index: number): number | undefined {
    const begin = this.#page(index).begins?.get(index % PAGE_ENTRIES) ?? ABSENT
    return begin === ABSENT ? undefined : begin
  }

  isUsed(index: number): boolean {
    const row = index % PAGE_ENTRIES
    return (this.#page(index).used[row >>> 5]! & (1 << (row & 31))) !== 0
  }

  /** First entry of the lane that is not used, -1 where there is none. */
  firstUnused(lane: number): number {
    return lane < this.#laneCount ? this.#lanes[lane * LANE_ROW + MARK]! : -1
  }

  /** Next entry of the same lane, used or not; -1 where there is none. */
  nextInLane(index: number): number {
    const step = this.#page(index).steps[index % PAGE_ENTRIES]!
    return step === 0 ? -1 : index + step
  }

  /** Marks an entry used; false where it was already. The mark of its lane moves over used entries once, never back. */
  use(index: number): boolean {
    if (this.isUsed(index)) return false
    const row = index % PAGE_ENTRIES
    const { used } = this.#page(index)
    used[row >>> 5] = used[row >>> 5]! | (1 << (row & 31))
    this.#used++
    const lane = this.lane(index)
    const laneRow = lane * LANE_ROW
    this.#lanes[laneRow + USED]!++
    if (this.#lanes[laneRow + MARK] === index) this.#lanes[laneRow + MARK] = this.#unusedFrom(this.nextInLane(index))
    return true
  }

  /** How many entries of the lane are not used. */
  unusedInLane(lane: number): number {
    return lane < this.#laneCount ? this.#lanes[lane * LANE_ROW + TOTAL]! - this.#lanes[lane * LANE_ROW + USED]! : 0
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
      const last = this.#lanes[row + LAST]!
      const page = this.#page(last)
      page.steps = put(page.steps, last % PAGE_ENTRIES, index - last)
      this.#lanes[row + TOTAL]!++
      if (this.#lanes[row + MARK] === -1) this.#lanes[row + MARK] = index
    }
    this.#lanes[row + LAST] = index
  }

  #growLanes(): void {
    const grown = new Int32Array(this.#lanes.length * 2)
    grown.set(this.#lanes)
    this.#lanes = grown
  }

  #page(index: number): Page {
    const page = index >= 0 && index < this.#count ? this.#pages[Math.trunc(index / PAGE_ENTRIES)] : undefined
    if (page === undefined) throw new RangeError(`entry ${index} does not exist, the cassette has ${this.#count}`)
    return page
  }

  #addPage(): Page {
    const page: Page = {
      offsets: new NearColumn(PAGE_ENTRIES),
      lanes: new Uint8Array(PAGE_ENTRIES),
      steps: new Uint8Array(PAGE_ENTRIES),
      begins: undefined,
      used: new Uint32Array(PAGE_ENTRIES / 32),
    }
    this.#pages.push(page)
    return page
  }
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
