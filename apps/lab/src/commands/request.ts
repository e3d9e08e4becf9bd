import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { isSafeCassettePath, RR_MODES, type RrMode } from '@x07-lab/msg-core/rr'
import { parsePointer } from '../events/pointer.ts'
import type { OptionValues } from '../cli/parse.ts'
import { text, wholeNumber } from '../cli/values.ts'
import { UserError } from '../user-error.ts'

/** Messages of one recording at most: two entries each, within `max_entries` of the policy. */
export const maxMessages = 3_900_000
/** A made-up message takes about 1,900 bytes of a cassette on Kafka, less elsewhere; this is above all of them. */
export const seededMessageBytes = 2_100
/** Made-up messages at most: a cassette ends at 4 GiB. */
export const maxSeededMessages = 2_000_000
export const defaultCassette = 'lab.rrbin'
/** The events of a run where nothing says otherwise. */
export const seedDefaults = { messages: 1_000, seed: 1 } as const
const defaultPolicy = 'lab_rr_v1'

export type DriverName = 'amqp' | 'kafka' | 'memory'

/** Where the events come from. */
export type InputRequest =
  | { readonly kind: 'seed'; readonly messages: number; readonly seed: number }
  | { readonly kind: 'file'; readonly path: string; readonly keyPointer: string }

/** What a replay publishes in place of the recorded events; what of a seed is not said is as recorded. */
export type ReplayInput =
  | Extract<InputRequest, { kind: 'file' }>
  | { readonly kind: 'seed'; readonly messages: number | undefined; readonly seed: number | undefined }

/** What `lab record` is asked for. */
export interface RecordRequest {
  readonly driver: DriverName
  readonly input: InputRequest
  readonly cassette: string
  readonly mode: RrMode
  readonly policy: string
  readonly out: string | undefined
  /** Suffix of topics and queues on the broker; made anew where undefined. */
  readonly run: string | undefined
  readonly foreign: number
  readonly keep: boolean
  readonly json: boolean
}

/** What `lab replay` is asked for. */
export interface ReplayRequest {
  /** Empty: the default cassette, or under `ci_replay` every committed one. */
  readonly cassettes: readonly string[]
  /** Undefined: what was recorded. */
  readonly input: ReplayInput | undefined
  readonly match: 'strict' | 'x07'
  readonly policy: string
  readonly profile: 'rr_replay' | 'ci_replay'
  readonly out: string | undefined
  readonly json: boolean
}

/** @throws UserError for a value out of its bounds, or options that do not go together */
export function recordRequest(options: OptionValues): RecordRequest {
  const mode = text(options, 'mode', 'rewrite_v1')
  if (!isMode(mode)) throw new UserError(`--mode ${mode}: give one of ${RR_MODES.join(', ')}`)
  const run = options['run']
  if (typeof run === 'string' && !/^[A-Za-z0-9-]{1,40}$/.test(run)) {
    throw new UserError(`--run ${JSON.stringify(run)}: give 1 to 40 letters, digits and hyphens`)
  }
  const driver = text(options, 'driver', 'amqp') as DriverName
  const foreign = wholeNumber(options, 'foreign', { least: 0, most: maxMessages, byDefault: 0 })
  if (driver === 'memory' && foreign > 0) {
    throw new UserError('--foreign waits for messages that others publish, and nobody else reaches --driver memory')
  }
  return {
    driver,
    input: inputRequest(options) ?? { kind: 'seed', ...seedOptions(options, seedDefaults) },
    cassette: cassetteName(text(options, 'cassette', defaultCassette)),
    mode,
    policy: text(options, 'policy', defaultPolicy),
    out: outFolder(options),
    run: typeof run === 'string' ? run : undefined,
    foreign,
    keep: options['keep'] === true,
    json: options['json'] === true,
  }
}

/** @throws UserError as {@link recordRequest} */
export function replayRequest(options: OptionValues): ReplayRequest {
  const named = options['cassette']
  const cassettes = Array.isArray(named) ? (named as readonly string[]).map(cassetteName) : []
  const given = seedOptions(options, { messages: undefined, seed: undefined })
  const seeded = given.messages !== undefined || given.seed !== undefined
  const input = inputRequest(options) ?? (seeded ? { kind: 'seed' as const, ...given } : undefined)
  const profile = text(options, 'profile', 'rr_replay') as ReplayRequest['profile']
  if (input !== undefined && cassettes.length > 1) {
    throw new UserError('replay: --input, --messages and --seed go with one --cassette')
  }
  return {
    cassettes: cassettes.length === 0 && profile === 'rr_replay' ? [defaultCassette] : cassettes,
    input,
    match: text(options, 'match', 'strict') as ReplayRequest['match'],
    policy: text(options, 'policy', defaultPolicy),
    profile,
    out: outFolder(options),
    json: options['json'] === true,
  }
}

function seedOptions<Default extends number | undefined>(
  options: OptionValues,
  byDefault: { readonly messages: Default; readonly seed: Default },
): { messages: number | Default; seed: number | Default } {
  const { messages, seed } = byDefault
  return {
    messages: wholeNumber(options, 'messages', { least: 1, most: maxSeededMessages, byDefault: messages }),
    seed: wholeNumber(options, 'seed', { least: 0, most: Number.MAX_SAFE_INTEGER, byDefault: seed }),
  }
}

function inputRequest(options: OptionValues): Extract<InputRequest, { kind: 'file' }> | undefined {
  const path = options['input']
  if (typeof path !== 'string') {
    if (options['key'] !== undefined) throw new UserError('--key goes with --input')
    return undefined
  }
  const odd = ['messages', 'seed'].filter((name) => options[name] !== undefined)
  if (odd.length > 0) throw new UserError(`--input brings its own events: leave out --${odd.join(' and --')}`)
  if (path === '') throw new UserError('--input "": give a file, or - for standard input')
  const keyPointer = text(options, 'key', '/key')
  parsePointer(keyPointer)
  return { kind: 'file', path, keyPointer }
}

function cassetteName(name: string): string {
  if (isCassettePath(name)) return name
  const below = name.replace(new RegExp(`^(?:\\./)?${RegExp.escape(CASSETTE_FOLDER)}/`), '')
  if (isCassettePath(below)) {
    throw new UserError(
      `--cassette ${JSON.stringify(name)}: names are below ${CASSETTE_FOLDER}/ anyway; give ${JSON.stringify(below)}`,
    )
  }
  throw new UserError(
    `--cassette ${JSON.stringify(name)}: give a path below .x07_rr/, such as lab.rrbin; it may not be absolute, nor hold "..", "." or empty segments, backslashes, a segment that starts with ".x07_", or control characters`,
  )
}

function isCassettePath(name: string): boolean {
  // A line break in a name would tear every message about it apart.
  return isSafeCassettePath(Buffer.from(name)) && !/\p{Cc}/u.test(name)
}

function outFolder(options: OptionValues): string | undefined {
  const out = options['out']
  if (out === '') throw new UserError('--out "": give a folder')
  return typeof out === 'string' ? out : undefined
}

function isMode(mode: string): mode is RrMode {
  return (RR_MODES as readonly string[]).includes(mode)
}
