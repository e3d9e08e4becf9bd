import { checkEntry } from '../format/cassette/entry-decode.ts'
import { writeEntry } from '../format/cassette/entry-encode.ts'
import { EntryScan } from '../format/cassette/entry-scan-result.ts'
import { scanEntry } from '../format/cassette/entry-scan.ts'
import type { EntryFields } from '../format/cassette/entry.ts'
import type { EntryResponse } from '../format/cassette/entry-response.ts'
import { inspectCassette } from '../format/cassette/inspect.ts'
import { NO_LIMITS, U32_MAX } from '../format/cassette/limits.ts'
import type { FilePath } from '../format/cassette/open-file.ts'
import { OutputBuffer } from '../format/cassette/output-buffer.ts'
import type { CassetteReader, IndexedReader } from '../format/cassette/reader.ts'
import { RrError, RrTrap } from '../format/cassette/rr-error.ts'
import { raiseHint } from '../format/cassette/messages.ts'
import { openWriter } from '../format/cassette/writer.ts'
import type { CassetteWriter, FlushPolicy } from '../format/cassette/writer.ts'
import type { RrConfig } from './config.ts'
import { leaveCurrent } from './current.ts'
import type { EntrySizes, RrHandle } from './handle.ts'
import { Matcher } from './matcher.ts'
import type { TextOrBytes } from './matcher.ts'
import { MATCH_MODES, MATCH_RULES, MODE_RULES, RR_MODES } from './modes.ts'
import type { MatchMode, RrMode } from './modes.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What a handle works with, put together by `openCassette`. */
export interface HandleParts {
  readonly config: RrConfig
  readonly path: () => FilePath
  readonly name: string
  readonly reader: IndexedReader | undefined
  readonly clock: VirtualClock
  readonly flush: FlushPolicy
  readonly exclusive: boolean
  readonly readOnly: boolean
  /** The part before: its counter of positions goes on, and what it has admitted comes here. */
  readonly after?: CassetteHandle | undefined
  /** Whether what outgrows the file goes on in another, so that only an entry by itself can be too much for it. */
  readonly goesOn?: boolean | undefined
}

/** Most bytes of an entry beside its key, request and response: its frame, names, numbers, kind and op. */
const entryFrameBytes = 512
/** Most bytes of the seal of a part that others follow: numbers and three hashes. */
const partSealBytes = 1_024
/** A UTF-16 unit is at most three bytes of UTF-8. */
const utf8BytesPerUnit = 3

export class CassetteHandle implements RrHandle {
  readonly matchMode: MatchMode
  readonly #parts: HandleParts
  readonly #matcher: Matcher | undefined
  readonly #scan = new EntryScan()
  readonly #scratch = new OutputBuffer()
  #mode: RrMode
  #entries: number
  #bytes: number
  /** As a number: a bigint is compared with one several times for every entry. */
  readonly #maxCassetteBytes: number
  #admitted = 0
  #admittedBytes = 0
  #writer: CassetteWriter | undefined
  #nextPosition: number | undefined
  #closed = false

  constructor(parts: HandleParts) {
    const { config, reader } = parts
    this.#parts = parts
    this.#mode = config.mode
    this.#maxCassetteBytes = Number(config.limits.maxCassetteBytes)
    this.matchMode = config.matchMode
    this.#entries = reader?.count ?? 0
    this.#bytes = reader?.bytes ?? 0
    this.#matcher = reader && new Matcher(reader, parts.name, config.matchMode, config.limits.maxKeyBytes)
    const { after } = parts
    if (after === undefined) return
    this.#nextPosition = after.#nextPosition
    this.#admitted = after.#admitted
    this.#admittedBytes = after.#admittedBytes
  }

  /** Whether one more entry of these lengths, and so many entries and bytes behind it, are within the budgets of the file. */
  hasRoom({ key, req, resp }: EntrySizes, behind: { readonly entries: number; readonly bytes: number }): boolean {
    const { maxEntries } = this.#parts.config.limits
    const bytes = this.#bytes + entryFrameBytes + key + req + resp + behind.bytes
    return this.#entries + 1 + behind.entries <= maxEntries && bytes <= this.#maxCassetteBytes && bytes <= U32_MAX
  }

  get mode(): RrMode {
    return this.#mode
  }

  get reader(): CassetteReader | undefined {
    return this.#parts.reader
  }

  // Not an async function: without latency one promise is made, and a replay makes millions of them.
  next(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): Promise<Uint8Array> {
    try {
      const index = this.#take(kind, op, key)
      const document = this.#parts.reader!.entry(index)
      scanEntry(document, 0, document.length, NO_LIMITS, this.#scan)
      const ticks = this.#scan.latencyTicks
      return ticks === 0 ? Promise.resolve(document) : this.#parts.clock.wait(ticks).then(() => document)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async nextResponse(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): Promise<EntryResponse> {
    const index = this.#take(kind, op, key)
    const response = this.#parts.reader!.response(index)
    if (response.latencyTicks !== 0) await this.#parts.clock.wait(response.latencyTicks)
    const read = (at: number, length: number): Uint8Array<ArrayBuffer> => {
      this.#checkOpen()
      return response.read(at, length)
    }
    return { ...response, read }
  }

  #take(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): number {
    this.#checkOpen()
    if (this.#matcher !== undefined) return this.#matcher.take(kind, op, key)
    const message = `next in "${this.#parts.name}": mode ${this.#mode} does not replay; use replay_v1 or record_missing_v1`
    throw new RrError(2012, message)
  }

  append(document: Uint8Array): void {
    this.#checkAppends('append')
    checkEntry(document, this.#parts.config.limits, this.#scan)
    const bytes = this.#bytes + 4 + document.length
    this.#checkBudgets(this.#entries, bytes)
    this.#openWriter().append(document)
    this.#parts.reader?.add(new Uint8Array(document), this.#scan)
    this.#entries++
    this.#bytes = bytes
    if (this.#nextPosition !== undefined) this.#nextPosition++
  }

  check({ key, req, resp }: EntrySizes): number {
    this.#checkAppends('append')
    const { maxReqBytes, maxRespBytes, maxKeyBytes } = this.#parts.config.limits
    this.#checkLength(2005, 'req', req, maxReqBytes)
    this.#checkLength(2006, 'resp', resp, maxRespBytes)
    this.#checkLength(2007, 'key', key, maxKeyBytes)
    const bytes = entryFrameBytes + key + req + resp
    // What a part of its own could not hold beside its seal would fail when it has happened.
    if (this.#parts.goesOn === true) this.#checkBudgets(1, bytes + partSealBytes)
    else this.#checkBudgets(this.#entries + this.#admitted, this.#bytes + this.#admittedBytes + bytes)
    return bytes
  }

  #checkLength(code: 2005 | 2006 | 2007, field: string, length: number, most: number): void {
    if (length <= most) return
    const message = `append to "${this.#parts.name}": ${field} has ${length} bytes, more than max_${field}_bytes ${most}; ${raiseHint}`
    throw new RrError(code, message)
  }

  admit(sizes: EntrySizes): number {
    const bytes = this.check(sizes)
    this.#openWriter().reserve(this.#admittedBytes + bytes)
    this.#admitted++
    this.#admittedBytes += bytes
    return bytes
  }

  release(admitted: number): void {
    this.#admitted--
    this.#admittedBytes -= admitted
  }

  #checkBudgets(entries: number, bytes: number): void {
    const { config, name } = this.#parts
    const { maxEntries, maxCassetteBytes } = config.limits
    if (entries + 1 > maxEntries) {
      throw new RrError(2004, `append to "${name}": ${entries} entries are there, max_entries is ${maxEntries}`)
    }
    if (bytes > this.#maxCassetteBytes) {
      throw new RrError(
        2003,
        `append to "${name}": ${bytes} bytes with it, more than max_cassette_bytes ${maxCassetteBytes}`,
      )
    }
  }

  appendEntry(fields: EntryFields): void {
    this.#checkAppends('append')
    const bytes = entryFrameBytes + fields.key.length * utf8BytesPerUnit + fields.req.length + fields.resp.length
    if (this.#parts.reader === undefined && this.#holds(fields, bytes)) {
      // Its own encoding need not be read again.
      this.#bytes += this.#openWriter().appendEntry(fields, bytes)
      this.#entries++
      if (this.#nextPosition !== undefined) this.#nextPosition++
      return
    }
    this.#scratch.clear()
    writeEntry(this.#scratch, fields)
    this.append(this.#scratch.written())
  }

  /** Whether an entry is within all limits, whatever its texts come to. */
  #holds({ kind, op, key, req, resp }: EntryFields, bytes: number): boolean {
    const { maxKeyBytes, maxReqBytes, maxRespBytes, maxEntries } = this.#parts.config.limits
    return (
      (kind.length + op.length) * utf8BytesPerUnit <= entryFrameBytes / 2 &&
      key.length * utf8BytesPerUnit <= maxKeyBytes &&
      req.length <= maxReqBytes &&
      resp.length <= maxRespBytes &&
      this.#entries < maxEntries &&
      this.#bytes + bytes <= this.#maxCassetteBytes &&
      this.#bytes + bytes <= U32_MAX
    )
  }

  begin(): number {
    this.#checkAppends('begin')
    this.#nextPosition ??= this.#firstPosition()
    return this.#nextPosition++
  }

  flush(): void {
    this.#checkOpen()
    this.#writer?.flush()
  }

  stats(): string {
    this.#checkOpen()
    const { reader } = this.#parts
    const used = MATCH_RULES[this.matchMode].counted ? (reader?.used ?? 0) : 0
    const mode = RR_MODES.indexOf(this.#mode)
    const matchMode = MATCH_MODES.indexOf(this.matchMode)
    return `{"v":1,"mode":${mode},"match_mode":${matchMode},"cassettes":1,"entries":${this.#entries},"used":${used},"bytes":${reader?.bytes ?? 0}}`
  }

  close(): boolean {
    if (this.#closed) return false
    this.#closed = true
    leaveCurrent(this)
    this.#parts.reader?.close()
    this.#writer?.close()
    return true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #checkOpen(): void {
    if (this.#closed) throw new RrTrap('rr invalid handle', `cassette "${this.#parts.name}" is closed`)
  }

  #checkAppends(call: string): void {
    this.#checkOpen()
    if (MODE_RULES[this.#parts.config.mode].append !== 'no') return
    const message = `${call} in "${this.#parts.name}": mode ${this.#mode} does not record; use record_v1, record_missing_v1 or rewrite_v1`
    throw new RrError(2013, message)
  }

  #openWriter(): CassetteWriter {
    if (this.#writer !== undefined) return this.#writer
    const { config, name, path, reader, flush, exclusive, readOnly } = this.#parts
    if (readOnly) throw new RrError(2002, `open cassette "${name}" for writing: this run may only read cassettes`)
    const truncate = MODE_RULES[config.mode].append === 'truncate'
    this.#writer = openWriter(path(), { name, flush, truncate, checkedBytes: reader?.bytes, noFollow: true, exclusive })
    // Only now: a failed open leaves the mode and with it the promise to start from an empty file.
    this.#mode = MODE_RULES[config.mode].afterFirstAppend
    return this.#writer
  }

  #firstPosition(): number {
    if (this.#writer === undefined && MODE_RULES[this.#mode].append === 'truncate') return 0
    this.#writer?.flush()
    const state = inspectCassette(this.#parts.path(), this.#parts.name, true)
    if (state?.damage !== undefined) throw state.damage
    return state?.nextPosition ?? 0
  }
}
