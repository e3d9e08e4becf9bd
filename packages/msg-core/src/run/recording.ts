import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { JsonObject } from '../format/envelope/index.ts'
import { partAt, partFileName } from '../format/part.ts'
import { partialName, unrecordable } from '../format/partial-name.ts'
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
import { RecordingNumbers } from './recording-numbers.ts'
import { RecordingParts } from './recording-parts.ts'
import type { Completion, RecordingRun, RecordingRunOptions, Secrecy } from './recording-run.ts'
import type { ReplayRun } from './replay-run.ts'
import { takeName, versionOf } from './take-name.ts'

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
  readonly #parts: RecordingParts
  readonly #final: string
  readonly #path: string
  readonly #before: string | undefined
  readonly redactor: Redactor | undefined
  readonly recorded: ReplayRun | undefined
  readonly #secrecy: Secrecy
  readonly #surelyFits: number
  readonly #numbers: RecordingNumbers | undefined
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
    this.#parts = new RecordingParts(file.name, own.path, file.path, open)
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
    return this.#parts.entries
  }

  get parts(): number {
    return this.#parts.count
  }

  get failure(): Error | undefined {
    return this.#failure
  }

  begin(): number {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#parts.handle.begin()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  check(sizes: EntrySizes): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#parts.handle.check(sizes)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  admit(sizes: EntrySizes): number {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#parts.handle.admit(sizes)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  release(admitted: number): void {
    this.#parts.handle.release(admitted)
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
      this.#parts.append(written)
    } catch (error) {
      throw this.#failed(error)
    }
    this.#numbers?.note(this.#parts.entries - 1, written)
    if (fields.req.length > 0) this.#requests++
  }

  recordingOf(fields: EntryFields): number {
    return this.#numbers?.of(this.redactor?.entry(fields) ?? fields) ?? 0
  }

  flush(): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#parts.handle.flush()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  complete({ open = [], more }: Completion = {}): boolean {
    if (this.#ended) throw new TypeError('a recording ends once')
    if (this.entries === 0 && this.#failure === undefined) return this.abandon() !== undefined
    try {
      if (this.#failure !== undefined) throw this.#failure
      this.#refuseSecrets()
      const starts = this.#numbers?.starts
      const recordings = starts === undefined ? {} : { recordings: starts.map((start) => [...start]) }
      const said = { ...more, ...recordings }
      this.#refuseSecretsOf(said)
      this.#parts.complete({ open, more: said })
    } catch (error) {
      throw withNote(error, this.abandon())
    }
    this.#ended = true
    this.recorded?.close()
    if (takeName(this.#path, this.#final, this.#before, this.parts)) return true
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
    throw new SecretsFound(this.cassette, [{ entry: this.entries, field: 'the seal', ...found, advice }])
  }

  discard(): void {
    this.#close()
    this.#parts.remove()
  }

  #close(): void {
    if (this.#ended) return
    this.#ended = true
    this.recorded?.close()
    try {
      this.#parts.handle.close()
    } catch {
      // What could not be written was told by the append, or is why the run ends.
    }
  }

  abandon(): string | undefined {
    this.#close()
    const stat = statSync(this.#path, { throwIfNoEntry: false })
    if (stat === undefined) return undefined
    if (this.#requests === 0) {
      this.#parts.remove()
      return undefined
    }
    const where = this.parts === 1 ? this.partial : `${this.partial} and its ${this.parts - 1} further parts`
    const old = this.#before === undefined ? '' : `, ${join(CASSETTE_FOLDER, this.cassette)} is as it was`
    return `what was recorded until then is in ${where}${old}`
  }

  #failed(error: unknown): Error {
    this.#failure = error instanceof Error ? error : new Error(String(error))
    return this.#failure
  }
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
