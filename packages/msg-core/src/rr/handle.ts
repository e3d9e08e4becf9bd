import { checkEntry } from '../cassette/entry-decode.ts'
import { writeEntry } from '../cassette/entry-encode.ts'
import { EntryScan, scanEntry } from '../cassette/entry-scan.ts'
import type { EntryFields } from '../cassette/entry.ts'
import { inspectCassette } from '../cassette/inspect.ts'
import { NO_LIMITS } from '../cassette/limits.ts'
import type { FilePath } from '../cassette/open-file.ts'
import { OutputBuffer } from '../cassette/output-buffer.ts'
import type { CassetteReader, IndexedReader } from '../cassette/reader.ts'
import { RrError, RrTrap } from '../cassette/rr-error.ts'
import { openWriter } from '../cassette/writer.ts'
import type { CassetteWriter, FlushPolicy } from '../cassette/writer.ts'
import type { RrConfig } from './config.ts'
import { leaveCurrent } from './current.ts'
import { Matcher } from './matcher.ts'
import type { TextOrBytes } from './matcher.ts'
import { MATCH_MODES, MATCH_RULES, MODE_RULES, RR_MODES } from './modes.ts'
import type { MatchMode, RrMode } from './modes.ts'
import type { VirtualClock } from './virtual-clock.ts'

/**
 * An open cassette. A closed handle throws `RrTrap` `rr invalid handle` from everything but `close`, `stats` included.
 */
export interface RrHandle extends Disposable {
  /** The live mode: a rewrite handle becomes `record_v1` once its first append has emptied the file. */
  readonly mode: RrMode
  readonly matchMode: MatchMode
  /** The entries, in the modes that replay; undefined in the others. */
  readonly reader: CassetteReader | undefined
  /**
   * The document of the entry that answers a call, once its latency has passed on the clock. The entry is taken before
   * the wait, and closing the handle meanwhile does not take it back. The bytes are never overwritten, and no other call
   * gives them; they keep the up to 1 MiB of the file around them alive, so copy what is kept for long.
   *
   * @throws RrError 2012 in a mode that does not replay, 2007 for a key over the budget, 2009 for a miss, 2010 and 2011
   * in transcript where the next entry is another kind or op
   */
  next(kind: TextOrBytes, op: TextOrBytes, key: TextOrBytes): Promise<Uint8Array>
  /**
   * Appends an entry document, verbatim.
   *
   * @throws RrError 2013 in a mode that does not record; 2005 to 2008 from the entry check; 2004 and 2003 for the
   * budgets; 2002 where the file cannot be opened or written, also for an earlier append of the flush policy `turn`;
   * 2014 or 2008 where what the file holds is damaged
   */
  append(document: Uint8Array): void
  /** Encodes and appends an entry. @throws as `append`; RangeError where a field cannot be encoded */
  appendEntry(fields: EntryFields): void
  /**
   * Takes the next number of the one counter over begins and ends, to be written as `seq` of the entry that ends later.
   * From the first call on, every append takes the next number for its end. On a cassette that already holds begin
   * positions the counter goes on behind them.
   *
   * @throws RrError 2013 in a mode that does not record; 2014 or 2008 where what the file holds is damaged
   */
  begin(): number
  /** Hands everything appended to the operating system. @throws RrError 2002 where that fails */
  flush(): void
  /** X07's statistics, byte for byte: `{"v":1,"mode":M,"match_mode":K,"cassettes":1,"entries":E,"used":U,"bytes":B}`. */
  stats(): string
  /** Closes; false where it was closed before. @throws RrError 2002 where what was appended could not be written */
  close(): boolean
}

/** What a handle works with, put together by `openCassette`. */
export interface HandleParts {
  readonly config: RrConfig
  readonly path: () => FilePath
  readonly name: string
  readonly reader: IndexedReader | undefined
  readonly clock: VirtualClock
  readonly flush: FlushPolicy
  readonly readOnly: boolean
}

export class CassetteHandle implements RrHandle {
  readonly matchMode: MatchMode
  readonly #parts: HandleParts
  readonly #matcher: Matcher | undefined
  readonly #scan = new EntryScan()
  readonly #scratch = new OutputBuffer()
  #mode: RrMode
  #entries: number
  #bytes: number
  #writer: CassetteWriter | undefined
  #nextPosition: number | undefined
  #closed = false

  constructor(parts: HandleParts) {
    const { config, reader } = parts
    this.#parts = parts
    this.#mode = config.mode
    this.matchMode = config.matchMode
    this.#entries = reader?.count ?? 0
    this.#bytes = reader?.bytes ?? 0
    this.#matcher = reader && new Matcher(reader, parts.name, config.matchMode, config.limits.maxKeyBytes)
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
      this.#checkOpen()
      if (this.#matcher === undefined) {
        throw new RrError(
          2012,
          `next in "${this.#parts.name}": mode ${this.#mode} does not replay; use replay_v1 or record_missing_v1`,
        )
      }
      const document = this.#parts.reader!.entry(this.#matcher.take(kind, op, key))
      scanEntry(document, 0, document.length, NO_LIMITS, this.#scan)
      const ticks = this.#scan.latencyTicks
      return ticks === 0 ? Promise.resolve(document) : this.#parts.clock.wait(ticks).then(() => document)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  append(document: Uint8Array): void {
    this.#checkAppends('append')
    const { limits } = this.#parts.config
    checkEntry(document, limits, this.#scan)
    if (this.#entries + 1 > limits.maxEntries) {
      throw new RrError(
        2004,
        `append to "${this.#parts.name}": ${this.#entries} entries are there, max_entries is ${limits.maxEntries}`,
      )
    }
    const bytes = this.#bytes + 4 + document.length
    if (bytes > limits.maxCassetteBytes) {
      throw new RrError(
        2003,
        `append to "${this.#parts.name}": ${bytes} bytes with it, more than max_cassette_bytes ${limits.maxCassetteBytes}`,
      )
    }
    this.#openWriter().append(document)
    this.#parts.reader?.add(new Uint8Array(document), this.#scan)
    this.#entries++
    this.#bytes = bytes
    if (this.#nextPosition !== undefined) this.#nextPosition++
  }

  appendEntry(fields: EntryFields): void {
    this.#checkAppends('append')
    this.#scratch.clear()
    writeEntry(this.#scratch, fields)
    this.append(this.#scratch.written())
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
    const { config, name, path, reader, flush, readOnly } = this.#parts
    if (readOnly) throw new RrError(2002, `open cassette "${name}" for writing: this run may only read cassettes`)
    const truncate = MODE_RULES[config.mode].append === 'truncate'
    this.#writer = openWriter(path(), { name, flush, truncate, checkedBytes: reader?.bytes, noFollow: true })
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
