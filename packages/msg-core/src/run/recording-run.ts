import type { JsonObject } from '../format/envelope/index.ts'
import type { Redactor } from '../redact/index.ts'
import type { EntryFields, EntrySizes, RrConfig } from '../rr/index.ts'
import type { CassetteFile } from './cassette-file.ts'
import type { ReplayRun } from './replay-run.ts'

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
