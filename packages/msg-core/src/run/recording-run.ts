import { randomBytes } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { JsonObject } from '../format/envelope/index.ts'
import { partAt, partFileName, maxParts, type PartOfSeal } from '../format/part.ts'
import { partialName, unrecordable } from '../format/partial-name.ts'
import { appendSeal } from '../format/seal.ts'
import { sealKey } from '../format/seal-form.ts'
import { DriverError } from '../port/index.ts'
import { createRedactor, defaultRules, type Redactor } from '../redact/index.ts'
import { ByteScan } from '../redact/scan/byte-scan.ts'
import { scanCassette, secretsOf, SecretsFound } from '../redact/scan/index.ts'
import { CASSETTE_FOLDER, RrError, type EntryFields, type EntrySizes, type RrConfig } from '../rr/index.ts'
import type { CassetteHandle } from '../rr/cassette-handle.ts'
import { openHandle } from '../rr/open-cassette.ts'
import { cannotRecord, makeCassetteFolder, type CassetteFile } from './cassette-file.ts'
import { rulesOf } from './match-rules.ts'
import type { ReplayRun } from './replay-run.ts'
import { RecordingNumbers } from './recording-numbers.ts'
import { takeName, versionOf } from './take-name.ts'

/** Kept free in every part for its seal; with what a recorder adds to it ours have less than half. */
const sealBytes = 4_096

/** What the seal of a recording says beside its bytes. */
export interface Completion {
  /** Begin positions that have no entry, of all that was recorded (`RecordingDriver.openBegins`); default none. */
  readonly open?: readonly number[]
  /** Who recorded under which contracts: client, broker, versions; nothing secret. */
  readonly more?: JsonObject
}

/**
 * A run that records: one file beside its cassette, with a name that no other run has. It ends once, by
 * {@link complete} or {@link abandon}. An append that fails ends it too: nothing is appended behind it, so that what
 * the file holds is what came first, and it can only be abandoned.
 */
export interface RecordingRun {
  readonly mode: 'record'
  /** The cassette's name below `.x07_rr/`. */
  readonly cassette: string
  /** Where it is recorded, below the root: `.x07_rr/orders.1a2b3c4d.partial.rrbin`. Not there before the first append. */
  readonly partial: string
  /**
   * In how many files it is so far. One that outgrows `maxCassetteBytes` or `maxEntries` of its limits, or the 4 GiB of the format, goes
   * on in the next: `orders.1a2b3c4d.2.partial.rrbin`, later `orders.2.rrbin`.
   */
  readonly parts: number
  /** Whether there is a cassette of the name, which {@link complete} would replace. */
  readonly replaces: boolean
  /** The cassette as it was, where only what it does not have is to be asked of the broker; open until this run ends. */
  readonly recorded: ReplayRun | undefined
  /** Which recording an entry is of, by its bytes: of several where what was missing was recorded later. */
  recordingOf(fields: EntryFields): number
  /** Entries so far in all parts, whose seals count too; once complete, the last seal is one of them. */
  readonly entries: number
  /** What takes secrets out; undefined where nothing does. */
  readonly redactor: Redactor | undefined
  /** The first append that failed; undefined while all is well. */
  readonly failure: Error | undefined
  /**
   * Takes the next number of the one counter over begins and ends of all entries, to be the `seq` of an entry that ends
   * later. @throws the {@link failure}
   */
  begin(): number
  /** Sees that an entry of these lengths is within the limits, before what it tells happens. @throws RrError, from then on */
  check(sizes: EntrySizes): void
  /**
   * {@link check}, and sees that there is room on the disk: for what cannot be undone. An entry over a limit or a full disk ends
   * the recording while the broker still has the message. @throws RrError, then and from then on
   *
   * @returns what to {@link release} before the entry is appended, or when there will be none
   */
  admit(sizes: EntrySizes): number
  release(admitted: number): void
  /**
   * How long an envelope is without its secrets, which is how it is written; or more, where that is within the limits too.
   *
   * @param beside bytes of the response that are not of the envelope
   */
  writtenBytes(envelope: Uint8Array, beside: number): number
  /** Appends an entry, whose bytes may be others afterwards. @throws RrError, then and from then on */
  appendEntry(fields: EntryFields): void
  /** Writes what was appended, so that {@link partial} can be read as it stands. @throws the {@link failure} */
  flush(): void
  /**
   * Seals the recording and gives it its cassette's name.
   *
   * @returns whether there is a cassette now; false where nothing was recorded, and all is as it was
   * @throws the {@link failure}; DriverError `precondition_failed` where another recording has got the name since this one
   *   began, or it holds a secret; RrError 2002 where it cannot be written. The recording is kept in each case and the message says where.
   */
  complete(completion?: Completion): boolean
  /**
   * Ends the recording without a seal: what was recorded stays under its partial name, which is not replayed, and the cassette is
   * as it was.
   *
   * @returns a clause that says where what was recorded is; undefined where that is nothing that the program has sent or got,
   *   and no file is left
   */
  abandon(): string | undefined
  /** Ends the recording with nothing of it: the cassette has it all. No file is left. */
  discard(): void
}

/** What {@link openRecording} is told. */
export interface RecordingRunOptions {
  readonly root: string
  readonly file: CassetteFile
  readonly config: Pick<RrConfig, 'limits' | 'matchMode'>
  readonly secrecy?: Secrecy
  readonly recorded?: ReplayRun
}

/** What keeps secrets out of a cassette. */
export interface Secrecy {
  /** Takes them out of every entry before it is written; default the rules for what is always a secret. `false`: nothing does. */
  readonly redactor?: Redactor | false
  /** Values that no cassette may hold, by the name to tell them by; default those of the secret-like environment variables. */
  readonly secrets?: ReadonlyMap<string, string>
  /** Whether the whole recording is looked through before it gets its name; default true. */
  readonly scan?: boolean
}

/**
 * Opens a recording. The file is made with the first append; its folder is made now, and the name checked.
 *
 * @throws RrError 2000 or 2002 where no such file can be made; DriverError `invalid_config` for a name with the partial
 *   ending, and for a match contract under `arch/vcr` that no replay could read
 */
export async function openRecording({
  root,
  file,
  config,
  secrecy = {},
  recorded,
}: RecordingRunOptions): Promise<RecordingRun> {
  const unnamed = unrecordable(file.name)
  if (unnamed !== undefined) throw new DriverError('invalid_config', `record ${file.name}: ${unnamed}`)
  refuseSecretName(file.name, secrecy.secrets ?? secretsOf(process.env))
  refuseWithoutSeal(file.name, config.limits)
  // What its replay could not read is said before anything is recorded.
  rulesOf(root, file.name)
  const name = partialName(file.name, randomBytes(4).toString('hex'))
  makeCassetteFolder(root, name)
  const path = join(root, CASSETTE_FOLDER, name)
  try {
    // Says that a name is too long before a broker is dialled.
    statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    throw cannotRecord(file.name, cause)
  }
  if ((partAt(file.path)?.number ?? 1) > 1) {
    throw new DriverError(
      'invalid_config',
      `record ${file.name}: a part of another recording is there; give another name`,
    )
  }
  const open = (part: number, after?: CassetteHandle): CassetteHandle =>
    openHandle(
      { ...config, path: partFileName(name, part), mode: 'rewrite_v1' },
      {
        root,
        flush: isMainThread ? 'soon' : 'turn',
        exclusive: true,
        goesOn: true,
        ...(after === undefined ? {} : { after }),
      },
    )
  const own = { name, path, before: versionOf(file.path), recorded, surelyFits: surelyFits(config.limits) }
  return new Recording(open, file, own, secrecy)
}

/** So large at most may what certainly fits be: its room is taken on the disk. */
const mostCertainBytes = 64 * 1024

/** A response of no more bytes, and its request, are within every limit: how large they become need not be known beforehand. */
function surelyFits({ maxReqBytes, maxRespBytes, maxCassetteBytes }: RrConfig['limits']): number {
  return Math.min(mostCertainBytes, maxReqBytes, maxRespBytes, Number(maxCassetteBytes) / 8)
}

/** A file name is on the disk too, and in every listing. The message does not say it. */
function refuseSecretName(name: string, secrets: ReadonlyMap<string, string>): void {
  const [found] = [...secrets].find(([, value]) => name.includes(value)) ?? []
  if (found === undefined) return
  throw new DriverError(
    'invalid_config',
    `record: the name of the cassette holds the value of ${found}; give it another name`,
  )
}

/** Limits under which no recording could come to its seal: said now, and not when the broker has been told that messages are done. */
function refuseWithoutSeal(name: string, { maxEntries, maxKeyBytes }: RrConfig['limits']): void {
  const bounds = [
    [2004, 'max_entries', maxEntries, 2, 'an entry and the seal take 2'],
    [2007, 'max_key_bytes', maxKeyBytes, sealKey.length, `the key of the seal has ${sealKey.length}`],
  ] as const
  for (const [code, limit, value, least, why] of bounds) {
    if (value < least)
      throw new RrError(code, `record ${name}: ${limit} is ${value}, must be at least ${least}: ${why}`)
  }
}

class Recording implements RecordingRun {
  readonly mode = 'record'
  readonly cassette: string
  readonly partial: string
  readonly replaces: boolean
  readonly #open: (part: number, after?: CassetteHandle) => CassetteHandle
  #handle: CassetteHandle
  #part = 1
  /** Entries of the part. */
  #inPart = 0
  #previous: string | undefined
  readonly #final: string
  readonly #path: string
  readonly #before: string | undefined
  readonly redactor: Redactor | undefined
  readonly recorded: ReplayRun | undefined
  readonly #secrecy: Secrecy
  readonly #surelyFits: number
  readonly #numbers: RecordingNumbers | undefined
  #entries = 0
  /** Entries that have a request: messages, commands. The others say what the program did around them. */
  #requests = 0
  #failure: Error | undefined
  #ended = false

  constructor(
    open: (part: number, after?: CassetteHandle) => CassetteHandle,
    file: CassetteFile,
    own: {
      readonly name: string
      readonly path: string
      readonly before: string | undefined
      readonly recorded: ReplayRun | undefined
      readonly surelyFits: number
    },
    secrecy: Secrecy,
  ) {
    this.#secrecy = secrecy
    this.redactor = secrecy.redactor === false ? undefined : (secrecy.redactor ?? createRedactor(defaultRules))
    this.#open = open
    this.#handle = open(1)
    this.cassette = file.name
    this.#final = file.path
    this.partial = join(CASSETTE_FOLDER, own.name)
    this.#path = own.path
    this.#before = own.before
    this.#surelyFits = own.surelyFits
    this.recorded = own.recorded
    if (own.recorded !== undefined) this.#numbers = new RecordingNumbers(own.recorded.reader, own.recorded.seal)
    this.replaces = file.state === 'recorded'
  }

  get entries(): number {
    return this.#entries
  }

  get parts(): number {
    return this.#part
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  begin(): number {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#handle.begin()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  check(sizes: EntrySizes): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#handle.check(sizes)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  admit(sizes: EntrySizes): number {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#handle.admit(sizes)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  release(admitted: number): void {
    this.#handle.release(admitted)
  }

  writtenBytes(envelope: Uint8Array, beside: number): number {
    if (this.redactor === undefined) return envelope.length
    const most = this.redactor.mostBytes(envelope.length)
    if (most + beside <= this.#surelyFits) return most
    return this.redactor.envelope(envelope).length
  }

  appendEntry(fields: EntryFields): void {
    if (this.#failure !== undefined) throw this.#failure
    const written = this.redactor?.entry(fields) ?? fields
    try {
      this.#goOnWhereFull(sizesOf(written))
      this.#handle.appendEntry(written)
    } catch (error) {
      throw this.#failed(error)
    }
    this.#numbers?.note(this.#entries, written)
    this.#entries++
    this.#inPart++
    if (fields.req.length > 0) this.#requests++
  }

  recordingOf(fields: EntryFields): number {
    return this.#numbers?.of(this.redactor?.entry(fields) ?? fields) ?? 0
  }

  /** Seals a part that has no room for an entry of these lengths, and goes on in the next. */
  #goOnWhereFull(sizes: EntrySizes): void {
    if (this.#inPart === 0 || this.#handle.hasRoom(sizes, { entries: 1, bytes: sealBytes })) return
    const next = partFileName(this.#final, this.#part + 1)
    if (this.#part === maxParts) {
      throw new RrError(
        2003,
        `record ${this.cassette}: it would outgrow ${maxParts} parts; raise max_cassette_bytes of its policy`,
      )
    }
    refuseOther(next, this.#part + 1, this.cassette)
    this.#seal({ number: this.#part })
    const handle = this.#handle
    this.#handle = this.#open(this.#part + 1, handle)
    handle.close()
    this.#part++
    this.#inPart = 0
  }

  /** Ends a part with its seal, which names that of the part before. */
  #seal(part: PartOfSeal, { open = [], more }: Completion = {}): void {
    this.#previous = appendSeal(this.#handle, {
      path: partFileName(this.#path, this.#part),
      entries: this.#inPart,
      open,
      ...(part.parts === 1
        ? {}
        : { part: { ...part, ...(this.#previous === undefined ? {} : { previous_seal_sha256: this.#previous }) } }),
      ...(more === undefined ? {} : { more }),
    })
    this.#entries++
  }

  flush(): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#handle.flush()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  complete({ open = [], more }: Completion = {}): boolean {
    if (this.#ended) throw new TypeError('a recording ends once')
    if (this.#entries === 0 && this.#failure === undefined) return this.abandon() !== undefined
    try {
      if (this.#failure !== undefined) throw this.#failure
      this.#refuseSecrets()
      const starts = this.#numbers?.starts
      const recordings = starts === undefined ? {} : { recordings: starts.map((start) => [...start]) }
      const said = { ...more, ...recordings }
      this.#refuseSecretsOf(said)
      const sealed = { key: 8, req: 0, resp: sealBytes + 11 * open.length + JSON.stringify(said).length }
      this.#goOnWhereFull(sealed)
      this.#seal({ number: this.#part, parts: this.#part }, { open, more: said })
      this.#handle.close()
    } catch (error) {
      throw withNote(error, this.abandon())
    }
    this.#ended = true
    this.recorded?.close()
    if (takeName(this.#path, this.#final, this.#before, this.#part)) return true
    throw new DriverError(
      'precondition_failed',
      `record ${this.cassette}: another recording of it ended in the meantime and stands; this one is in ` +
        `${this.partial}; give every program a cassette of its own`,
    )
  }

  /** Before the seal: what is refused keeps its partial name. */
  #refuseSecrets(): void {
    if (this.#secrecy.scan === false) return
    this.flush()
    const secrets = this.#secrecy.secrets ?? secretsOf(process.env)
    const findings = scanCassette(this.#path, { secrets, name: this.partial })
    if (findings.length > 0) throw new SecretsFound(this.cassette, findings)
  }

  /** What the seal says is looked through too: it is written behind the rest. */
  #refuseSecretsOf(more: JsonObject): void {
    const secrets = this.#secrecy.secrets ?? secretsOf(process.env)
    const found = new ByteScan(secrets).find(Buffer.from(JSON.stringify(more)))
    if (found === undefined) return
    const advice = 'keep it out of the contracts under arch/'
    throw new SecretsFound(this.cassette, [{ entry: this.#entries, field: 'the seal', ...found, advice }])
  }

  discard(): void {
    this.#close()
    this.#remove()
  }

  #remove(): void {
    for (let part = 1; part <= this.#part; part++) rmSync(partFileName(this.#path, part), { force: true })
  }

  #close(): void {
    if (this.#ended) return
    this.#ended = true
    this.recorded?.close()
    try {
      this.#handle.close()
    } catch {
      // What could not be written was told by the append, or is why the run ends.
    }
  }

  abandon(): string | undefined {
    this.#close()
    const stat = statSync(this.#path, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    if (this.#requests === 0) {
      this.#remove()
      return undefined
    }
    const where = this.#part === 1 ? this.partial : `${this.partial} and its ${this.#part - 1} further parts`
    const old = this.#before === undefined ? '' : `, ${join(CASSETTE_FOLDER, this.cassette)} is as it was`
    return `what was recorded until then is in ${where}${old}`
  }

  #failed(error: unknown): Error {
    this.#failure = error instanceof Error ? error : new Error(String(error))
    return this.#failure
  }
}

function sizesOf({ key, req, resp }: EntryFields): EntrySizes {
  return { key: key.length, req: req.length, resp: resp.length }
}

/** Where the next part would go stands nothing, or the part of an older recording of the same name. */
function refuseOther(path: string, number: number, cassette: string): void {
  if (versionOf(path) === undefined || partAt(path)?.number === number) return
  throw new RrError(
    2002,
    `record ${cassette}: it outgrows one cassette and would go on in ${basename(path)}, where another recording is; move that one away`,
  )
}

/** The same failure, and where what was recorded is. */
function withNote(error: unknown, note: string | undefined): unknown {
  if (note === undefined) return error
  if (error instanceof SecretsFound) {
    return new DriverError('precondition_failed', `${error.message}; ${note}`, { cause: error })
  }
  const { message } = error instanceof Error ? error : { message: String(error) }
  return new RrError(error instanceof RrError ? error.code : 2002, `${message}; ${note}`, { cause: error })
}
