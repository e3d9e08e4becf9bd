import { basename } from 'node:path'
import type { CassettePart, CassetteReader, Lane, Lanes, UnusedLane } from './cassette/index.ts'
import { BeginPositions } from './cassette/begin-positions.ts'
import { displayPath } from './cassette/messages.ts'
import type { FilePath } from './cassette/open-file.ts'
import { openReader as openFile, type IndexedReader, type ReaderOptions } from './cassette/reader.ts'
import { LaneTable } from './cassette/lane-table.ts'
import { RrError } from './cassette/rr-error.ts'
import { maxParts, partFileName, partOf } from './part.ts'
import { partialEnding } from './partial-name.ts'
import { lastSeal } from './seal-form.ts'

/**
 * Opens a recording: a cassette, or all its parts as one where it goes on in others ({@link partFileName}). Entries are numbered on
 * from part to part, and lanes go through all of them; the seals of the parts before the last are entries like others.
 *
 * @throws RrError as the reader of one file; 2002 where a part is missing, is another recording's, or stands in another's place
 */
export function openReader(path: FilePath, options: ReaderOptions = {}): CassetteReader {
  const { name = displayPath(path) } = options
  const begins = new BeginPositions()
  const first = openFile(path, { ...options, begins })
  const parts: IndexedReader[] = [first]
  try {
    let seal = lastSeal(first)
    for (let part = partOf(seal); part !== undefined && part.parts === undefined; part = partOf(seal)) {
      // A later part that is opened by itself has nothing to go on with.
      if (part.number !== parts.length || part.number === maxParts) break
      first.limitIndex(pagesOfPart)
      const number = parts.length + 1
      const nextName = partFileName(name, number)
      const next = openNext(
        partPath(path, number),
        { ...options, begins, indexPages: pagesOfPart, name: nextName },
        { name, number },
      )
      parts.push(next)
      const previous = seal?.seal_sha256
      seal = lastSeal(next)
      const own = partOf(seal)
      // The last part of a recording under way has no seal yet.
      if (seal === undefined && nextName.endsWith(partialEnding)) break
      if (own?.number !== number || own.previous_seal_sha256 !== previous) {
        throw new RrError(
          2002,
          `open cassette "${name}": ${basename(nextName)} is not its part ${number}${whose(own?.number, number)}; ${restore}`,
        )
      }
    }
    return parts.length === 1 ? first : new JoinedReader(parts, begins)
  } catch (error) {
    for (const part of parts) part.close()
    throw error
  }
}

/** Of the index of a part, where there are several: they are gone through one after the other. */
const pagesOfPart = 16

const restore = 'restore all parts of one recording, or record it again'

function whose(number: number | undefined, expected: number): string {
  if (number === undefined) return ' but a recording of its own or a damaged one'
  return number === expected ? ' but that of another recording' : ` but part ${number}`
}

function openNext(
  path: FilePath,
  options: ReaderOptions,
  { name, number }: { readonly name: string; readonly number: number },
): IndexedReader {
  const next = openFile(path, { ...options, emptyIfAbsent: true })
  if (next.count > 0) return next
  next.close()
  const file = basename(partFileName(name, number))
  throw new RrError(
    2002,
    `open cassette "${name}": it goes on in part ${number}, and ${file} is not there or empty; ${restore}`,
  )
}

function partPath(path: FilePath, number: number): FilePath {
  if (typeof path === 'string') return partFileName(path, number)
  return Buffer.from(partFileName(Buffer.from(path).toString('latin1'), number), 'latin1')
}

/** Readers of parts, as one. */
class JoinedReader implements CassetteReader {
  readonly count: number
  readonly bytes: number
  readonly lanes: Lanes
  readonly badBegin: number | undefined
  readonly begins: BeginPositions
  readonly parts: readonly CassettePart[]
  readonly #readers: readonly IndexedReader[]
  /** By part: the number here of each of its lanes, and back; -1 where it has none. */
  readonly #here: readonly Int32Array[]
  readonly #there: readonly Int32Array[]
  /** By part and its lane: the first entry, in the part's numbers. */
  readonly #first: readonly Int32Array[]
  #at = 0
  #start = 0
  #end: number

  constructor(readers: readonly IndexedReader[], begins: BeginPositions) {
    this.begins = begins
    this.#readers = readers
    const lanes = new LaneTable()
    this.lanes = lanes
    let first = 0
    this.parts = readers.map(({ count, bytes }) => {
      const part = { first, count, bytes }
      first += count
      return part
    })
    this.count = first
    this.bytes = readers.reduce((sum, { bytes }) => sum + bytes, 0)
    this.#here = readers.map((reader) => Int32Array.from(reader.lanes.values(), (lane) => intern(lanes, lane)))
    this.#there = this.#here.map((here) => {
      const there = new Int32Array(lanes.size).fill(-1)
      for (const [local, lane] of here.entries()) there[lane] = local
      return there
    })
    this.#first = readers.map((reader) => Int32Array.from(reader.lanes.values(), (_, lane) => reader.peek(lane) ?? -1))
    const bad = readers.findIndex(({ badBegin }) => badBegin !== undefined)
    this.badBegin = bad < 0 ? undefined : this.#startOf(bad) + (readers[bad]?.badBegin ?? 0)
    this.#end = readers[0]?.count ?? 0
  }

  get used(): number {
    return this.#readers.reduce((sum, { used }) => sum + used, 0)
  }

  lane(index: number): number {
    const reader = this.#of(index)
    return this.#here[this.#at]![reader.lane(index - this.#start)]!
  }

  countOf(lane: number): number {
    return this.#readers.reduce((sum, reader, at) => {
      const local = this.#there[at]?.[lane] ?? -1
      return sum + (local < 0 ? 0 : reader.countOf(local))
    }, 0)
  }

  length(index: number): number {
    return this.#of(index).length(index - this.#start)
  }

  begin(index: number): number | undefined {
    return this.#of(index).begin(index - this.#start)
  }

  entry(index: number): Uint8Array {
    return this.#of(index).entry(index - this.#start)
  }

  peek(lane: number): number | undefined {
    for (let at = 0; at < this.#readers.length; at++) {
      const local = this.#there[at]?.[lane] ?? -1
      const found = local < 0 ? undefined : this.#readers[at]?.peek(local)
      if (found !== undefined) return this.#startOf(at) + found
    }
    return undefined
  }

  nextInLane(index: number): number | undefined {
    const reader = this.#of(index)
    const next = reader.nextInLane(index - this.#start)
    if (next !== undefined) return this.#start + next
    const lane = this.lane(index)
    for (let at = this.#at + 1; at < this.#readers.length; at++) {
      const local = this.#there[at]?.[lane] ?? -1
      if (local >= 0) return this.#startOf(at) + (this.#first[at]?.[local] ?? 0)
    }
    return undefined
  }

  consume(index: number): boolean {
    return this.#of(index).consume(index - this.#start)
  }

  isUsed(index: number): boolean {
    return this.#of(index).isUsed(index - this.#start)
  }

  unused(): UnusedLane[] {
    const found = new Map<number, UnusedLane>()
    for (const [at, reader] of this.#readers.entries()) {
      for (const { lane, count, first } of reader.unused()) {
        const id = this.#here[at]?.[lane.id] ?? -1
        const before = found.get(id)
        found.set(id, {
          lane: { ...lane, id },
          count: count + (before?.count ?? 0),
          first: before?.first ?? this.#startOf(at) + first,
        })
      }
    }
    return [...found].sort(([a], [b]) => a - b).map(([, lane]) => lane)
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #startOf(at: number): number {
    return this.parts[at]?.first ?? this.count
  }

  /** The part that holds an entry, which is the one of the last call as a rule. */
  #of(index: number): IndexedReader {
    if (index < this.#start || index >= this.#end) {
      const at = this.parts.findIndex(({ first, count }) => index >= first && index < first + count)
      const part = this.parts[at]
      if (part === undefined) throw new RangeError(`entry ${index} does not exist, the recording has ${this.count}`)
      // Two at once: around the end of a part it goes to and fro between neighbours.
      for (const [other, reader] of this.#readers.entries()) if (Math.abs(other - at) > 1) reader.letGoOfRead()
      this.#at = at
      this.#start = part.first
      this.#end = part.first + part.count
    }
    return this.#readers[this.#at]!
  }
}

function intern(lanes: LaneTable, { kind, op, key }: Lane): number {
  const bytes = Buffer.concat([kind, op, key])
  const keyAt = kind.length + op.length
  return lanes.intern(bytes, 0, kind.length, kind.length, op.length, keyAt, key.length)
}
