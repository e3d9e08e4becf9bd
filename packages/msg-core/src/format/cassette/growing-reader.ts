import { constants, fstatSync, readSync } from 'node:fs'

import { readU32 } from '../data-model/u32.ts'
import { EntryScan } from './entry-scan-result.ts'
import { scanEntry } from './entry-scan.ts'
import { NO_LIMITS } from './limits.ts'
import { displayPath, entryError } from './messages.ts'
import { openRegularFile } from './open-file.ts'
import { IndexedReader, notOpened, SPARE_BYTES, type CassetteReader, type ReaderOptions } from './reader.ts'
import { RrError } from './rr-error.ts'

/** Read at a time; a larger entry is read by itself. */
const CHUNK_BYTES = 1024 * 1024

/** A cassette that somebody writes: it has the entries that were whole when it was last looked at. */
export interface GrowingReader extends CassetteReader {
  /**
   * Reads what was written since. What is not whole yet (a frame half written, room that the writer keeps) is left for the next
   * time.
   *
   * @throws RrError 2002 where the file got shorter than what was read, or an entry has more than 64 MiB
   */
  readOn(): void
  /** What keeps the rest of the file from being read; undefined where there is none but room that the writer keeps. */
  rest(): RrError | undefined
}

/**
 * Opens a cassette that is being written, from its beginning.
 *
 * @throws RrError 2002 where it cannot be opened
 */
export function openGrowing(path: string, options: Pick<ReaderOptions, 'name'> = {}): GrowingReader {
  const name = options.name ?? displayPath(path)
  const file = openRegularFile(path, constants.O_RDONLY, false)
  if (file.kind !== 'file') throw notOpened(name, file, NO_LIMITS)
  return new FileThatGrows(file.fd, name)
}

class FileThatGrows extends IndexedReader implements GrowingReader {
  readonly #file: number
  readonly #cassette: string
  readonly #scan = new EntryScan()
  #rest: RrError | undefined

  constructor(fd: number, name: string) {
    super(fd, 0, name)
    this.#file = fd
    this.#cassette = name
  }

  readOn(): void {
    let { size } = fstatSync(this.#file)
    if (size < this.bytes) {
      const now = `it has ${size} bytes, and had ${this.bytes}`
      throw new RrError(2002, `read cassette "${this.#cassette}": ${now}; it is another file now`)
    }
    this.#rest = undefined
    let wanted = CHUNK_BYTES
    while (this.bytes < size && wanted > 0) {
      const start = this.bytes
      const chunk = new Uint8Array(Math.min(wanted, size - start))
      const read = readSync(this.#file, chunk, 0, chunk.length, start)
      // The writer gave up room that it kept.
      if (read < chunk.length) size = start + read
      wanted = this.#take(chunk.subarray(0, read), start, size)
    }
  }

  rest(): RrError | undefined {
    return this.#rest
  }

  /** Takes the whole entries of a chunk; gives the bytes that the next chunk must have. */
  #take(chunk: Uint8Array, start: number, size: number): number {
    let at = 0
    while (at < chunk.length) {
      const offset = start + at
      if (size - offset < 4) return this.#stop(offset, `${size - offset} bytes are left, a length has 4`)
      if (chunk.length - at < 4) break
      const length = readU32(chunk, at)
      // No entry is empty: this is room that the writer keeps for what comes.
      if (length === 0) return 0
      if (length > size - offset - 4)
        return this.#stop(offset, `${length} bytes are claimed, ${size - offset - 4} are left`)
      if (length + 4 > SPARE_BYTES) {
        const problem = `entry ${this.count} at byte ${offset} has ${length} bytes, more than the ${SPARE_BYTES} that are read at once`
        throw new RrError(2002, `read cassette "${this.#cassette}": ${problem}`, { offset, entry: this.count })
      }
      if (chunk.length - at < length + 4) return length + 4
      const code = scanEntry(chunk, at + 4, at + 4 + length, NO_LIMITS, this.#scan)
      if (code !== 0) {
        this.#rest = entryError(this.#cassette, code, this.#scan, at + 4, { offset, entry: this.count })
        return 0
      }
      this.index(chunk, this.#scan, offset)
      at += length + 4
      this.grow(start + at)
    }
    return CHUNK_BYTES
  }

  #stop(offset: number, problem: string): number {
    const where = `read cassette "${this.#cassette}": entry ${this.count} at byte ${offset} is not whole`
    this.#rest = new RrError(2014, `${where}: ${problem}`, { offset, entry: this.count })
    return 0
  }
}
