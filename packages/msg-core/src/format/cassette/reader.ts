import { closeSync, constants } from 'node:fs'

import { ChunkCache } from './chunk-cache.ts'
import { BeginPositions } from './begin-positions.ts'
import { EntryIndex } from './entry-index.ts'
import { parseU32 } from './entry-number.ts'
import { responseAt, responseIn, type EntryResponse } from './entry-response.ts'
import { EntryScan } from './entry-scan-result.ts'
import { scanEntry, type ScanCode } from './entry-scan.ts'
import { LARGE_FRAME_BYTES, walkFrames } from './frame-walk.ts'
import { namesOfLarge, scanLargeEntry } from './large-entry.ts'
import { LaneTable } from './lane-table.ts'
import type { Lane } from './lane-table.ts'
import type { RrLimits } from './limits.ts'
import { NO_LIMITS, U32_MAX } from './limits.ts'
import { displayPath, entryError, raiseHint, tornError } from './messages.ts'
import type { FilePath, OpenedFile } from './open-file.ts'
import { openRegularFile } from './open-file.ts'
import { RrError } from './rr-error.ts'

/** How many entries of one lane were never used, and the index of the first of them. */
export interface UnusedLane {
  readonly lane: Lane
  readonly count: number
  readonly first: number
}

/** One file of a recording that is in several. */
export interface CassettePart {
  /** Its first entry, numbered through all parts. */
  readonly first: number
  readonly count: number
  readonly bytes: number
}

/** The lanes of a cassette, numbered from 0 in the order in which they first occur. */
export interface Lanes {
  readonly size: number
  get(id: number): Lane | undefined
  values(): IterableIterator<Lane>
  /** The number of the lane with exactly these bytes, -1 where there is none. */
  find(kind: Uint8Array, op: Uint8Array, key: Uint8Array): number
}

/**
 * A checked cassette. Entries are numbered from 0 in file order; what is kept of each is about 6 bytes, and of
 * more than two million a bit or two; their bytes are read again when asked for, so a cassette larger than memory replays.
 *
 * A number that is no entry's throws a RangeError.
 */
export interface CassetteReader extends Disposable {
  readonly count: number
  /** Size of the file in bytes as it was loaded; of all its parts where there are several. */
  readonly bytes: number
  /** The files of a recording that goes on in others; undefined where it is in one. */
  readonly parts?: readonly CassettePart[]
  readonly lanes: Lanes
  /** How many entries were consumed. */
  readonly used: number
  /** The number of the entry's lane. */
  lane(index: number): number
  /** How many entries a lane has. Constant time. */
  countOf(lane: number): number
  /** Length of the entry document in bytes. */
  length(index: number): number
  /** The entry's begin position: its `seq`, where it has one and no `v` (which marks X07's running index). */
  begin(index: number): number | undefined
  /** The first entry whose `seq` should be a begin position and is not a u32; undefined where there is none. */
  readonly badBegin?: number | undefined
  /** The begin positions of all entries together; undefined where the reader does not keep them. */
  readonly begins?: BeginPositions
  /**
   * The entry document. Borrowed: never overwritten while it is held, not to be changed, and it keeps the up to
   * 256 KiB around it alive; copy what is kept for long.
   *
   * @throws RrError 2002 where the file was cut or changed since it was opened
   */
  entry(index: number): Uint8Array
  /** Index of the lane's first unused entry; undefined where none is left. Constant time. */
  peek(lane: number): number | undefined
  /** Index of the next entry in the lane of this one, used or not; undefined at the end. Constant time. */
  nextInLane(index: number): number | undefined
  /** Marks an entry used; false where it was before. Amortised constant time. */
  consume(index: number): boolean
  isUsed(index: number): boolean
  /** The lanes that have unused entries. */
  unused(): UnusedLane[]
  /** Closes the file; entries can no longer be read. Again is harmless. */
  close(): void
}

/** How a cassette is opened for reading. */
export interface ReaderOptions {
  /** Budgets to hold it to; by default only what the format can hold. */
  readonly limits?: RrLimits
  /** What messages call the cassette; by default its path. */
  readonly name?: string
  /** Refuse a symlink as the last component. */
  readonly noFollow?: boolean
  /**
   * The largest entry document that is read whole, in bytes; by default what the limits admit with 64 MiB to spare, or 64 MiB
   * where they admit everything. A cassette is somebody else's file: one entry may not take the memory of the process.
   */
  readonly maxEntryBytes?: number
  /** Treat a file that is not there as one without entries. */
  readonly emptyIfAbsent?: boolean
  /**
   * Pages of 8,192 entries of the index that are kept, some 50 KiB each; by default 256, two million entries. What is asked of an entry
   * in another page reads that page of the file again.
   */
  readonly indexPages?: number
  /** For who looks at each entry once, and at a few at a time: what {@link CassetteReader.entry} gave may be written over later. */
  readonly reuses?: boolean
  /** Where the begin positions are put; of the parts of a recording into one. */
  readonly begins?: BeginPositions
}

const INDEX_PAGES = 128

/** Bytes read at a time where a page of the index is made again. */
const AGAIN_BYTES = 256 * 1024

/** What X07 sees as the size of a directory on Linux. */
const DIRECTORY_BYTES = 0x7fff_ffff_ffff_ffffn

/**
 * Opens a cassette and checks it whole, in one pass. The first problem decides, in X07's order: not readable 2002, larger
 * than `maxCassetteBytes` 2003, larger than 4294967295 bytes 2002; then frame by frame: cut short 2014, more than
 * `maxEntries` 2004, the entry check 2005 to 2008. No part of a file with a problem is served.
 *
 * @throws RrError with that code, the byte offset and the entry's index where there is one
 */
export function openReader(path: FilePath, options: ReaderOptions = {}): IndexedReader {
  const name = options.name ?? displayPath(path)
  const limits = options.limits ?? NO_LIMITS
  const file = openRegularFile(path, constants.O_RDONLY, options.noFollow ?? false)
  if (file.kind === 'absent' && options.emptyIfAbsent === true) return new IndexedReader(undefined, 0, name)
  if (file.kind !== 'file') throw notOpened(name, file, limits)
  const {
    maxEntryBytes = largestEntry(limits),
    indexPages = INDEX_PAGES,
    begins = new BeginPositions(),
    reuses,
  } = options
  const reader = new IndexedReader(file.fd, file.bytes, name, { maxEntryBytes, indexPages, begins, reuses })
  try {
    load(reader, file.fd, limits, name)
  } catch (error) {
    reader.close()
    throw error instanceof RrError ? error : new RrError(2002, `read cassette "${name}" failed`, { cause: error })
  }
  return reader
}

export const SPARE_BYTES = 64 * 1024 * 1024

function largestEntry({ maxReqBytes, maxRespBytes, maxKeyBytes }: RrLimits): number {
  const unbounded = maxReqBytes === U32_MAX && maxRespBytes === U32_MAX
  return unbounded ? SPARE_BYTES : maxReqBytes + maxRespBytes + maxKeyBytes + SPARE_BYTES
}

export function notOpened(name: string, file: Exclude<OpenedFile, { kind: 'file' }>, limits: RrLimits): RrError {
  switch (file.kind) {
    case 'directory':
      return limits.maxCassetteBytes < DIRECTORY_BYTES
        ? new RrError(2003, `open cassette "${name}": it is a directory, expected a file`)
        : new RrError(2002, `open cassette "${name}": it is a directory, expected a file`)
    case 'absent':
      return new RrError(
        2002,
        `open cassette "${name}": there is no such file; record it first or check the name`,
        file,
      )
    default:
      return new RrError(2002, `open cassette "${name}": ${file.why}; check the file and its permissions`, file)
  }
}

function load(reader: IndexedReader, fd: number, limits: RrLimits, name: string): void {
  const { bytes } = reader
  if (BigInt(bytes) > limits.maxCassetteBytes) {
    const over = `more than max_cassette_bytes ${limits.maxCassetteBytes}`
    throw new RrError(2003, `open cassette "${name}": ${bytes} bytes, ${over}; ${raiseHint}`)
  }
  if (bytes > U32_MAX)
    throw new RrError(2002, `open cassette "${name}": ${bytes} bytes, a cassette holds at most ${U32_MAX}`)
  const scan = new EntryScan()
  const checkCount = (offset: number, index: number): void => {
    if (index + 1 <= limits.maxEntries) return
    const over = `one more than max_entries ${limits.maxEntries}`
    const message = `read cassette "${name}": entry ${index} at byte ${offset} is ${over}; ${raiseHint}`
    throw new RrError(2004, message, { offset, entry: index })
  }
  const checkCode = (code: ScanCode, start: number, offset: number, index: number): void => {
    if (code !== 0) throw entryError(name, code, scan, start, { offset, entry: index })
  }
  const walk = walkFrames(
    fd,
    bytes,
    (chunk, start, end, offset, index) => {
      checkCount(offset, index)
      checkCode(scanEntry(chunk, start, end, limits, scan), start, offset, index)
      reader.index(chunk, scan, offset)
    },
    (start, end, offset, index) => {
      checkCount(offset, index)
      checkCode(scanLargeEntry(fd, bytes, start, end, limits, scan), start, offset, index)
      reader.index(namesOfLarge(fd, bytes, scan), scan, offset)
    },
  )
  if (walk.tear !== undefined) throw tornError(name, walk.tear)
  if (walk.whole !== undefined) reader.keepWhole(walk.whole)
}

/** The reader behind {@link CassetteReader}, with what the rr handle needs beyond it. */
export class IndexedReader implements CassetteReader {
  readonly lanes: LaneTable = new LaneTable()
  readonly #name: string
  readonly #maxEntryBytes: number
  readonly #index: EntryIndex
  readonly #appended: Uint8Array[] = []
  badBegin: number | undefined
  readonly begins: BeginPositions
  #bytes: number
  #loaded = 0
  #fd: number | undefined
  #whole: Uint8Array | undefined
  #chunks: ChunkCache | undefined
  /** What pages of the index are made again from. */
  #again: Uint8Array<ArrayBuffer> | undefined

  constructor(
    fd: number | undefined,
    bytes: number,
    name: string,
    {
      maxEntryBytes = SPARE_BYTES,
      indexPages = INDEX_PAGES,
      begins = new BeginPositions(),
      reuses = false,
    }: Pick<ReaderOptions, 'maxEntryBytes' | 'indexPages' | 'begins'> & { reuses?: boolean | undefined } = {},
  ) {
    this.#maxEntryBytes = maxEntryBytes
    this.begins = begins
    this.#index = new EntryIndex(indexPages, (from, entries) => this.#readAgain(from, entries))
    this.#fd = fd
    this.#bytes = bytes
    this.#name = name
    this.#chunks = fd === undefined ? undefined : new ChunkCache(fd, bytes, reuses)
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#index.count
  }

  get used(): number {
    return this.#index.used
  }

  lane(index: number): number {
    return this.#index.lane(index)
  }

  countOf(lane: number): number {
    return this.#index.countOf(lane)
  }

  begin(index: number): number | undefined {
    return this.#index.begin(index)
  }

  length(index: number): number {
    const appended = this.#appended[index - this.#loaded]
    if (appended !== undefined) return appended.length
    const end = index + 1 < this.#loaded ? this.#index.offset(index + 1) : this.bytes
    return end - this.#index.offset(index) - 4
  }

  entry(index: number): Uint8Array {
    if (index >= this.#loaded) {
      const appended = this.#appended[index - this.#loaded]
      if (appended !== undefined) return appended
    }
    const offset = this.#index.offset(index)
    const end = index + 1 < this.#loaded ? this.#index.offset(index + 1) : this.bytes
    if (this.#whole !== undefined) return this.#whole.subarray(offset + 4, end)
    if (this.#chunks === undefined) throw this.#closed(index)
    if (end - offset > this.#maxEntryBytes) {
      const message = `read entry ${index} of cassette "${this.#name}" at byte ${offset}: it has ${end - offset - 4} bytes, more than the ${this.#maxEntryBytes} that are read at once; record smaller messages`
      throw new RrError(2002, message, { offset, entry: index })
    }
    return this.#chunks.frame(offset, end, index, this.#name)
  }

  /** The response of an entry, whatever its size. @throws RrError 2002 as {@link entry}, but not for a large entry */
  response(index: number): EntryResponse {
    if (index >= this.#loaded || this.#fd === undefined || this.length(index) < LARGE_FRAME_BYTES) {
      return responseIn(this.entry(index))
    }
    const offset = this.#index.offset(index)
    const fd = (): number => {
      if (this.#fd === undefined) throw this.#closed(index)
      return this.#fd
    }
    const end = offset + 4 + this.length(index)
    return responseAt({ fd, size: this.bytes, offset, end, index, name: this.#name })
  }

  peek(lane: number): number | undefined {
    const index = this.#index.firstUnused(lane)
    return index === -1 ? undefined : index
  }

  nextInLane(index: number): number | undefined {
    const next = this.#index.nextInLane(index)
    return next === -1 ? undefined : next
  }

  consume(index: number): boolean {
    return this.#index.use(index)
  }

  isUsed(index: number): boolean {
    return this.#index.isUsed(index)
  }

  unused(): UnusedLane[] {
    const lanes: UnusedLane[] = []
    for (let id = 0; id < this.lanes.size; id++) {
      const first = this.#index.firstUnused(id)
      if (first !== -1) lanes.push({ lane: this.lanes.get(id)!, count: this.#index.unusedInLane(id), first })
    }
    return lanes
  }

  /** Adds an entry of the file, whose fields are in `chunk` where `scan` says. */
  index(chunk: Uint8Array, scan: EntryScan, offset: number): void {
    const { kindAt, kindLength, opAt, opLength, keyAt, keyLength } = scan
    const lane = this.lanes.intern(chunk, kindAt, kindLength, opAt, opLength, keyAt, keyLength)
    const begin = beginOf(chunk, scan)
    if (begin === undefined && scan.seqAt >= 0 && scan.vAt < 0) this.badBegin ??= this.#index.count
    if (begin !== undefined) this.begins.add(begin)
    this.#index.add(offset, lane, begin)
    this.#loaded++
  }

  /** A page of the index that was given up: the file is as it was when it was checked, or is no longer read. */
  #readAgain(from: { readonly entry: number; readonly offset: number }, entries: number): void {
    const fd = this.#fd
    if (fd === undefined) throw this.#closed(from.entry)
    const scan = new EntryScan()
    const refill = (code: ScanCode, bytes: Uint8Array | undefined, offset: number): void => {
      const { kindAt, kindLength, opAt, opLength, keyAt, keyLength } = scan
      const lanes = this.lanes.size
      const lane =
        code !== 0 || bytes === undefined
          ? lanes
          : this.lanes.intern(bytes, kindAt, kindLength, opAt, opLength, keyAt, keyLength)
      if (bytes === undefined || lane >= lanes) throw this.#changed(from.entry, offset)
      this.#index.refill(offset, lane, beginOf(bytes, scan))
    }
    const walk = walkFrames(
      fd,
      this.bytes,
      (chunk, start, end, offset) => refill(scanEntry(chunk, start, end, NO_LIMITS, scan), chunk, offset),
      (start, end, offset) => {
        const code = scanLargeEntry(fd, this.bytes, start, end, NO_LIMITS, scan)
        refill(code, code === 0 ? namesOfLarge(fd, this.bytes, scan) : undefined, offset)
      },
      { from, frames: entries, buffer: (this.#again ??= new Uint8Array(AGAIN_BYTES)) },
    )
    if (walk.frames !== from.entry + entries) throw this.#changed(from.entry, from.offset)
  }

  #changed(index: number, offset: number): RrError {
    const message = `read entry ${index} of cassette "${this.#name}" at byte ${offset}: the file has changed since it was opened`
    return new RrError(2002, message, { offset, entry: index })
  }

  /** Adds an entry that was appended after loading; its document is kept. */
  add(document: Uint8Array, scan: EntryScan): void {
    const { kindAt, kindLength, opAt, opLength, keyAt, keyLength } = scan
    const lane = this.lanes.intern(document, kindAt, kindLength, opAt, opLength, keyAt, keyLength)
    const begin = beginOf(document, scan)
    if (begin !== undefined) this.begins.add(begin)
    this.#index.pin()
    this.#index.add(0, lane, begin)
    this.#appended.push(document)
  }

  /** The file holds whole entries up to here: those that are indexed next end there at the latest. */
  grow(bytes: number): void {
    this.#bytes = bytes
    this.#chunks?.grow(bytes)
  }

  /** Keeps no more pages of its index than so many from now on. */
  limitIndex(pages: number): void {
    this.#index.limit(pages)
  }

  /** Lets go of what was read ahead: others are read from now on. */
  letGoOfRead(): void {
    this.#chunks?.clear()
  }

  /** Keeps the bytes of a small file, so that nothing that happens to the file later is seen. */
  keepWhole(whole: Uint8Array): void {
    this.#whole = whole
    this.#closeFile()
  }

  close(): void {
    this.#whole = undefined
    this.#closeFile()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #closed(index: number): RrError {
    return new RrError(2002, `read entry ${index} of cassette "${this.#name}": it is closed`)
  }

  #closeFile(): void {
    this.#chunks = undefined
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}

function beginOf(bytes: Uint8Array, scan: EntryScan): number | undefined {
  if (scan.seqAt < 0 || scan.vAt >= 0) return undefined
  const begin = parseU32(bytes, scan.seqAt, scan.seqLength)
  return begin < 0 || begin === U32_MAX ? undefined : begin
}
