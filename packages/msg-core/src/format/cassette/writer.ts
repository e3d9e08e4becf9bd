import { closeSync, constants, fsyncSync, ftruncateSync, writeSync } from 'node:fs'

import { readU32, writeU32 } from '../data-model/u32.ts'
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
 */
export type FlushPolicy = 'append' | 'turn'

/** Most bytes that `turn` gathers before it writes. */
const GATHER_BYTES = 256 * 1024

/** The calls with which a writer reaches the file; handed in so that a full disk can be played. */
export interface WriterIo {
  write(fd: number, bytes: Uint8Array, at: number, length: number): number
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
  readonly io?: WriterIo
}

const nodeIo: WriterIo = {
  write: (fd, bytes, at, length) => writeSync(fd, bytes, at, length),
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
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (truncate ? constants.O_TRUNC : 0)
  const file = openRegularFile(path, flags, noFollow)
  if (file.kind !== 'file') throw notWritable(name, file)
  try {
    if (file.bytes > 0 && file.bytes !== options.checkedBytes) refuseDamaged(path, name, noFollow)
  } catch (error) {
    closeSync(file.fd)
    throw error
  }
  return new CassetteWriter(file.fd, file.bytes, name, options.flush ?? 'append', options.io ?? nodeIo)
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
  readonly #pending = new OutputBuffer()
  // Size of the file as written: everything below is whole frames.
  #size: number
  #written = false
  #timer: NodeJS.Immediate | undefined
  #failure: RrError | undefined
  #closed = false

  constructor(fd: number, size: number, name: string, policy: FlushPolicy, io: WriterIo) {
    this.#fd = fd
    this.#size = size
    this.#name = name
    this.#policy = policy
    this.#io = io
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

  /** Hands everything appended to the operating system. @throws RrError 2002 where that fails */
  flush(): void {
    this.#throwFailure()
    if (this.#timer !== undefined) clearImmediate(this.#timer)
    this.#timer = undefined
    this.#write()
    this.#throwFailure()
  }

  /** Writes what is left, syncs and closes; the file is closed in any case. @throws RrError 2002 where one fails */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      this.flush()
      if (this.#written) this.#io.sync(this.#fd)
    } catch (error) {
      throw error instanceof RrError ? error : this.#failed('sync', error)
    } finally {
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
      this.#write()
      const failure = this.#failure
      // The caller learns of this very entry's failure here; unless a torn rest was left behind, the next may succeed.
      if (failure !== undefined && this.#pending.length === 0) this.#failure = undefined
      if (failure !== undefined) throw failure
    } else if (this.#pending.length >= GATHER_BYTES) {
      this.flush()
    } else {
      this.#timer ??= setImmediate(() => {
        this.#timer = undefined
        this.#write()
      })
    }
  }

  #write(): void {
    const { bytes, length } = this.#pending
    if (length === 0 || this.#failure !== undefined) return
    let done = 0
    try {
      while (done < length) done += this.#io.write(this.#fd, bytes, done, length - done)
      this.#written = true
      this.#size += length
      this.#pending.clear()
    } catch (error) {
      this.#failure = this.#failed('write', error)
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
