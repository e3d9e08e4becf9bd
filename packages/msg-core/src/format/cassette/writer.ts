import { closeSync, constants, fsyncSync, ftruncateSync, writeSync } from 'node:fs'

import { readU32, writeU32 } from '../data-model/u32.ts'
import { writeEntryFrame } from './entry-encode.ts'
import type { EntryFields } from './entry.ts'
import { inspectCassette } from './inspect.ts'
import { U32_MAX } from './limits.ts'
import { displayPath } from './messages.ts'
import type { FilePath, OpenedFile } from './open-file.ts'
import { errorCode, openRegularFile } from './open-file.ts'
import { OutputBuffer } from './output-buffer.ts'
import { RrError } from './rr-error.ts'

/**
 * When appended entries reach the operating system.
 *
 * - `append`: before the append returns. A process that dies loses none.
 * - `turn`: the appends of one turn of the event loop are gathered, at most 256 KiB, and written together at its end.
 *   A process that dies loses that turn's; an error shows at the next append, flush or close.
 * - `soon`: the appends of {@link GATHER_MS} are gathered, at most 256 KiB, so that a program that is recorded writes a hundred
 *   times a second at most and not in each of its turns. A process that ends by itself (`process.exit` and an error that nobody
 *   caught are such an end) writes what is gathered; one that a signal kills loses it. An error shows as with `turn`.
 */
export type FlushPolicy = 'append' | 'turn' | 'soon'

/** Most bytes that `turn` and `soon` gather before they write. */
const GATHER_BYTES = 256 * 1024
/** How long `soon` gathers, in milliseconds. */
const GATHER_MS = 10

// As they were when this module was loaded: test runners replace them.
const { setImmediate, clearImmediate, setTimeout, clearTimeout } = globalThis

/** Writers that have something gathered while the process may end by itself. */
const gathering = new Set<() => void>()

function writeGathered(): void {
  for (const write of gathering) write()
}

/** Least and most bytes by which the room of {@link CassetteWriter.reserve} grows at a time. */
const RESERVE_LEAST_BYTES = 64 * 1024
const RESERVE_MOST_BYTES = 1024 * 1024

/** The calls with which a writer reaches the file; handed in so that a full disk can be played. */
export interface WriterIo {
  /** Writes at a position, or, where that is null, at the end of the file. */
  write(fd: number, bytes: Uint8Array, at: number, length: number, position: number | null): number
  truncate(fd: number, size: number): void
  sync(fd: number): void
}

/** How a cassette is opened for appending. */
export interface WriterOptions {
  readonly flush?: FlushPolicy
  /** Drop what the file held. By default it is kept and has to be whole. */
  readonly truncate?: boolean
  /** Size of the file if it was checked whole before; it is not read again as long as it has this size. */
  readonly checkedBytes?: number | undefined
  /** What messages call the cassette; by default its path. */
  readonly name?: string
  /** Refuse a symlink as the last component. */
  readonly noFollow?: boolean
  /** Nothing else appends to the file, so that room may be reserved in it: {@link CassetteWriter.reserve}. */
  readonly exclusive?: boolean
  readonly io?: WriterIo
}

const nodeIo: WriterIo = {
  write: (fd, bytes, at, length, position) => writeSync(fd, bytes, at, length, position),
  truncate: ftruncateSync,
  sync: syncIfAllowed,
}

/** Node's permission model has no fsync at all; there whoever gave the permissions syncs afterwards. */
function syncIfAllowed(fd: number): void {
  try {
    fsyncSync(fd)
  } catch (error) {
    if (errorCode(error) !== 'ERR_ACCESS_DENIED') throw error
  }
}

/**
 * Opens a cassette for appending; it is created where it is not there, its folder is not. What it holds is read through
 * first: after a torn or invalid entry nothing could ever be replayed, so nothing is written there.
 *
 * @throws RrError 2002 where it cannot be opened for writing, 2014 or 2008 where what it holds is damaged
 */
export function openWriter(path: FilePath, options: WriterOptions = {}): CassetteWriter {
  const name = options.name ?? displayPath(path)
  const noFollow = options.noFollow ?? false
  const truncate = options.truncate ?? false
  const { exclusive = false } = options
  const append = exclusive ? 0 : constants.O_APPEND
  const flags = constants.O_WRONLY | constants.O_CREAT | append | (truncate ? constants.O_TRUNC : 0)
  const file = openRegularFile(path, flags, noFollow)
  if (file.kind !== 'file') throw notWritable(name, file)
  try {
    if (file.bytes > 0 && file.bytes !== options.checkedBytes) refuseDamaged(path, name, noFollow)
  } catch (error) {
    closeSync(file.fd)
    throw error
  }
  const { flush = 'append', io = nodeIo } = options
  return new CassetteWriter(file.fd, file.bytes, { name, policy: flush, io, exclusive })
}

function notWritable(name: string, file: Exclude<OpenedFile, { kind: 'file' }>): RrError {
  const what = `open cassette "${name}" for writing`
  switch (file.kind) {
    case 'directory':
      return new RrError(2002, `${what}: it is a directory, expected a file`)
    case 'absent':
      return new RrError(2002, `${what}: its folder is not there (${errorCode(file.cause)}); create it first`, file)
    default:
      return new RrError(2002, `${what}: ${file.why}; check the file, its folder and their permissions`, file)
  }
}

function refuseDamaged(path: FilePath, name: string, noFollow: boolean): void {
  const damage = inspectCassette(path, name, noFollow)?.damage
  if (damage === undefined) return
  const message = `append to cassette "${name}": refused, what it holds is damaged; ${damage.message}`
  throw new RrError(damage.code, message, { offset: damage.offset, entry: damage.entry, cause: damage })
}

/** Appends frames to one file. */
export class CassetteWriter implements Disposable {
  readonly #fd: number
  readonly #name: string
  readonly #io: WriterIo
  readonly #policy: FlushPolicy
  readonly #exclusive: boolean
  readonly #pending = new OutputBuffer()
  // Size of the file as written: everything below is whole frames.
  #size: number
  // Up to here the file has its room on the disk; zeros behind #size.
  #reserved: number
  #written = false
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #write = (): void => this.#writePending()
  #failure: RrError | undefined
  // A write has failed, so that nothing may follow; room that is missing leaves what is pending to be written.
  #lost = false
  #closed = false

  constructor(
    fd: number,
    size: number,
    how: { readonly name: string; readonly policy: FlushPolicy; readonly io: WriterIo; readonly exclusive: boolean },
  ) {
    this.#fd = fd
    this.#size = size
    this.#reserved = size
    this.#name = how.name
    this.#policy = how.policy
    this.#io = how.io
    this.#exclusive = how.exclusive
  }

  /** Size of the file once everything appended is written. */
  get bytes(): number {
    return this.#size + this.#pending.length
  }

  /**
   * Appends one entry document as it is. The caller has checked it.
   *
   * @throws RrError 2002 where it, or in the policy `turn` an earlier one, could not be written; 2003 where the file
   * would outgrow 4294967295 bytes
   */
  append(document: Uint8Array): void {
    this.#admit(document.length)
    const { length } = this.#pending
    this.#pending.reserve(4 + document.length)
    writeU32(this.#pending.bytes, length, document.length)
    this.#pending.bytes.set(document, length + 4)
    this.#pending.length += 4 + document.length
    this.#appended()
  }

  /**
   * Appends an entry, encoded where it will be written from. The caller has checked that its fields are within the limits.
   *
   * @param mostBytes no fewer than its document has
   * @returns bytes of its frame
   * @throws as {@link append}; RangeError as `encodeEntry`
   */
  appendEntry(fields: EntryFields, mostBytes: number): number {
    this.#admit(mostBytes)
    const { length } = this.#pending
    writeEntryFrame(this.#pending, fields)
    const written = this.#pending.length - length
    this.#appended()
    return written
  }

  /**
   * Sees that so many bytes can still be appended: the file takes their room on the disk now, so that a disk which is full is
   * known before what the bytes will tell has happened. The room is zeros behind the last entry, gone with the next flush or
   * the close; a process that is killed leaves them.
   *
   * @throws RrError 2002 where there is no room, then and from then on
   */
  reserve(bytes: number): void {
    this.#throwFailure()
    const needed = this.bytes + bytes
    if (needed <= this.#reserved || !this.#exclusive) return
    try {
      try {
        this.#extend(needed + Math.min(RESERVE_MOST_BYTES, Math.max(RESERVE_LEAST_BYTES, this.#size)))
      } catch {
        this.#extend(needed)
      }
    } catch (error) {
      this.#failure = this.#failed('write', error)
      this.#throwFailure()
    }
  }

  #extend(to: number): void {
    const zeros = new Uint8Array(Math.max(0, Math.min(to - this.#reserved, RESERVE_MOST_BYTES)))
    this.#written = true
    while (this.#reserved < to) {
      const length = Math.min(zeros.length, to - this.#reserved)
      this.#reserved += this.#io.write(this.#fd, zeros, 0, length, this.#reserved)
    }
  }

  /** Hands everything appended to the operating system. @throws RrError 2002 where that fails */
  flush(): void {
    this.#throwFailure()
    this.#flush()
    this.#throwFailure()
  }

  #flush(): void {
    if (this.#immediate !== undefined) clearImmediate(this.#immediate)
    this.#immediate = undefined
    this.#writePending()
    if (this.#reserved <= this.#size) return
    this.#io.truncate(this.#fd, this.#size)
    this.#reserved = this.#size
  }

  /** Writes what is left, syncs and closes; the file is closed in any case. @throws RrError 2002 where one fails */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      // Also where an append has failed: what is whole stays, and nothing behind it.
      this.#flush()
      this.#throwFailure()
      if (this.#written) this.#io.sync(this.#fd)
    } catch (error) {
      throw error instanceof RrError ? error : this.#failed('sync', error)
    } finally {
      clearTimeout(this.#timer)
      closeSync(this.#fd)
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #admit(documentBytes: number): void {
    this.#throwFailure()
    if (this.bytes + 4 + documentBytes > U32_MAX) {
      throw new RrError(
        2003,
        `append to cassette "${this.#name}": it would outgrow ${U32_MAX} bytes, the most it can hold`,
      )
    }
  }

  #appended(): void {
    if (this.#policy === 'append') {
      this.#writePending()
      const failure = this.#failure
      // The caller learns of this very entry's failure here; unless a torn rest was left behind, the next may succeed.
      if (failure !== undefined && this.#pending.length === 0) {
        this.#failure = undefined
        this.#lost = false
      }
      if (failure !== undefined) throw failure
    } else if (this.#pending.length >= GATHER_BYTES) {
      this.#writePending()
      this.#throwFailure()
    } else if (this.#policy === 'turn') {
      this.#immediate ??= setImmediate(() => {
        this.#immediate = undefined
        this.#writePending()
      })
    } else if (!gathering.has(this.#write)) {
      if (gathering.size === 0 && !process.listeners('exit').includes(writeGathered)) process.on('exit', writeGathered)
      gathering.add(this.#write)
      // One timer for all of them, which neither keeps the process nor is made anew.
      if (this.#timer === undefined) this.#timer = setTimeout(this.#write, GATHER_MS).unref()
      else this.#timer.refresh()
    }
  }

  #writePending(): void {
    gathering.delete(this.#write)
    const { bytes, length } = this.#pending
    if (length === 0 || this.#lost) return
    let done = 0
    try {
      while (done < length) {
        done += this.#io.write(this.#fd, bytes, done, length - done, this.#exclusive ? this.#size + done : null)
      }
      this.#written = true
      this.#size += length
      this.#reserved = Math.max(this.#reserved, this.#size)
      this.#pending.clear()
    } catch (error) {
      this.#failure ??= this.#failed('write', error)
      this.#lost = true
      this.#cutBack(done)
    }
  }

  // After a failed write the file must not end inside a frame: what is whole of it stays, the rest goes.
  #cutBack(done: number): void {
    const { bytes } = this.#pending
    let whole = 0
    while (whole + 4 <= done && whole + 4 + readU32(bytes, whole) <= done) whole += 4 + readU32(bytes, whole)
    try {
      if (whole < done) this.#io.truncate(this.#fd, this.#size + whole)
      this.#size += whole
      this.#reserved = this.#size
      if (this.#policy === 'append') this.#pending.clear()
    } catch {
      // The first failure is the one to tell; the next open reports the torn entry and how to repair it.
    }
  }

  #failed(what: string, cause: unknown): RrError {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new RrError(
      2002,
      `${what} cassette "${this.#name}" failed: ${reason}; free space or check the device, then record again`,
      {
        cause,
      },
    )
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
