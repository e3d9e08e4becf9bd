import { RR_MODES, type RrMode } from '@x07-lab/msg-core/rr'
import { unrecordable } from '@x07-lab/msg-core/format'
import { cassetteName } from '@x07-lab/msg-core/run'
import { parsePointer } from '../events/pointer.ts'
import type { OptionValues } from '@x07-lab/msg-core/command-line'
import type { Derived } from '../faults/derive.ts'
import { parseShard, type Shard } from '../shards/shard.ts'
import { text, wholeNumber } from '../cli/values.ts'
import { exitCodes, UserError } from '../user-error.ts'

/** Messages of one recording at most, made up or not: their numbers have eight digits. */
export const maxMessages = 100_000_000
/** Above what a connection needs that went silent: it is given up after 20 s at most, and dialled again. */
const defaultLostAfterSeconds = 25

/** Above what a group needs to rebalance when a worker dies: its session ends after 10 s. */
const defaultIdleSeconds = 15

export const defaultCassette = 'lab.rrbin'
/** The events of a run where nothing says otherwise. */
export const seedDefaults = { messages: 1_000, seed: 1 } as const
const defaultPolicy = 'lab_rr_v1'

export type DriverName = 'amqp' | 'kafka' | 'memory'

/** Where the events come from. */
export type InputRequest =
  | { readonly kind: 'seed'; readonly messages: number; readonly seed: number }
  | { readonly kind: 'file'; readonly path: string; readonly name: string; readonly keyPointer: string }

/** What a replay publishes in place of the recorded events; what of a seed is not said is as recorded. */
export type ReplayInput =
  | Extract<InputRequest, { kind: 'file' }>
  | { readonly kind: 'seed'; readonly messages: number | undefined; readonly seed: number | undefined }

/** One of several workers on one topic. */
export interface WorkerRequest {
  readonly shard: Shard
  readonly idleMs: number
  /** RabbitMQ's consistent hash gives all messages of a key to the same worker. */
  readonly byKey: boolean
}

/** What `lab record` is asked for. */
export interface RecordRequest {
  readonly driver: DriverName
  readonly input: InputRequest
  /** What a replay in its place publishes, where the mode replays what is there. */
  readonly replayInput: ReplayInput | undefined
  readonly cassette: string
  readonly mode: RrMode
  readonly policy: string
  readonly out: string | undefined
  /** Suffix of topics and queues on the broker; made anew where undefined. */
  readonly run: string | undefined
  readonly foreign: number
  /** Time without a delivery after which confirmed messages that did not come are lost. */
  readonly lostAfterMs: number
  readonly keep: boolean
  /** Records although the disk has not the room that it will take. */
  readonly ignoreDisk: boolean
  /** One of several workers on one topic. */
  readonly worker?: WorkerRequest | undefined
  /** Where the metrics are served while it records, `HOST:PORT`. */
  readonly metrics: string | undefined
  readonly json: boolean
}

/** What `lab replay` is asked for. */
export interface ReplayRequest {
  /** Empty: the default cassette, or under `ci_replay` every committed one. */
  readonly cassettes: readonly string[]
  /** Undefined: what was recorded. */
  readonly input: ReplayInput | undefined
  readonly match: 'strict' | 'x07'
  /** How many times faster than recorded; undefined: as fast as it goes. */
  readonly speed?: number | undefined
  /** Asks before each thing that the broker does. */
  readonly step?: boolean
  readonly policy: string
  readonly profile: 'rr_replay' | 'ci_replay'
  /** Which part of the cassettes. */
  readonly shard?: Shard | undefined
  /** Derived cassettes to replay in place of these, and what is expected of each. */
  readonly faults?: readonly Derived[]
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
  if (options['idle'] !== undefined) throw new UserError('--idle says when workers are done: give --workers too')
  if (options['by-key'] === true) throw new UserError('--by-key shares keys out among workers: give --workers too')
  const foreign = wholeNumber(options, 'foreign', { least: 0, most: maxMessages, byDefault: 0 })
  if (driver === 'memory' && foreign > 0) {
    throw new UserError('--foreign waits for messages that others publish, and nobody else reaches --driver memory')
  }
  return {
    driver,
    input: inputRequest(options) ?? { kind: 'seed', ...seedOptions(options, seedDefaults) },
    replayInput: replayInput(options),
    cassette: recordedName(cassetteOption(text(options, 'cassette', defaultCassette))),
    mode,
    policy: text(options, 'policy', defaultPolicy),
    out: outFolder(options),
    run: typeof run === 'string' ? run : undefined,
    foreign,
    lostAfterMs:
      1_000 * wholeNumber(options, 'lost-after', { least: 1, most: 86_400, byDefault: defaultLostAfterSeconds }),
    keep: options['keep'] === true,
    ignoreDisk: options['ignore-disk'] === true,
    metrics: typeof options['metrics'] === 'string' ? options['metrics'] : undefined,
    json: options['json'] === true,
  }
}

/** What `lab work` is asked for, as the recording that it is. @throws UserError as {@link recordRequest} */
export function workRequest(options: OptionValues): RecordRequest {
  const { group, shard, idle, 'by-key': byKey, ...rest } = options
  if (typeof group !== 'string' || typeof shard !== 'string') {
    throw new UserError(
      'work: --group and --shard are needed: the same group for all workers, such as --group a1 --shard 1/4',
    )
  }
  const part = parseShard(shard)
  const base = recordRequest({ driver: 'kafka', ...rest, run: group, keep: true })
  const idleMs = 1_000 * wholeNumber({ idle }, 'idle', { least: 1, most: 86_400, byDefault: defaultIdleSeconds })
  if (byKey === true && base.driver !== 'amqp') {
    throw new UserError(
      'work: --by-key goes with --driver amqp; Kafka gives all messages of a key to the same worker without it',
    )
  }
  return { ...base, cassette: shardName(base.cassette, part), worker: { shard: part, idleMs, byKey: byKey === true } }
}

/** The cassette of a worker: `NAME.K-of-N.rrbin`. */
function shardName(cassette: string, { index, count }: Shard): string {
  return `${cassette.replace(/\.rrbin$/, '')}.${index}-of-${count}.rrbin`
}

/** The replay that a recording comes to where its mode replays what is there. */
export function replayOf({ cassette, replayInput, policy, out, json }: RecordRequest): ReplayRequest {
  return {
    cassettes: [cassette],
    input: replayInput,
    match: 'strict',
    policy,
    profile: 'rr_replay',
    out,
    json,
  }
}

/** @throws UserError as {@link recordRequest} */
export function replayRequest(options: OptionValues): ReplayRequest {
  const named = options['cassette']
  const cassettes = Array.isArray(named) ? (named as readonly string[]).map(cassetteOption) : []
  const input = replayInput(options)
  const profile = text(options, 'profile', 'rr_replay') as ReplayRequest['profile']
  if (input !== undefined && cassettes.length > 1) {
    throw new UserError('replay: --input, --messages and --seed go with one --cassette')
  }
  if (
    options['faults'] !== undefined &&
    (input !== undefined || profile === 'ci_replay' || options['shard'] !== undefined)
  ) {
    throw new UserError(
      'replay: --faults goes with --cassette alone, not with other events, --shard or --profile ci_replay',
    )
  }
  return {
    cassettes: cassettes.length === 0 && profile === 'rr_replay' ? [defaultCassette] : cassettes,
    input,
    match: text(options, 'match', 'strict') as ReplayRequest['match'],
    speed: speedOption(options),
    step: options['step'] === true,
    shard: typeof options['shard'] === 'string' ? parseShard(options['shard']) : undefined,
    policy: text(options, 'policy', defaultPolicy),
    profile,
    out: outFolder(options),
    json: options['json'] === true,
  }
}

/** @throws UserError for anything else than a factor from 0.001 to 1000, or `max` */
function speedOption(options: OptionValues): number | undefined {
  const speed = text(options, 'speed', 'max')
  if (speed === 'max') return undefined
  const factor = Number(speed)
  if (/^\d+(?:\.\d+)?$/.test(speed) && factor >= 0.001 && factor <= 1_000) return factor
  throw new UserError(`--speed ${JSON.stringify(speed)}: give a factor from 0.001 to 1000, such as 1 or 10, or max`)
}

function replayInput(options: OptionValues): ReplayInput | undefined {
  const given = seedOptions(options, { messages: undefined, seed: undefined })
  const seeded = given.messages !== undefined || given.seed !== undefined
  return inputRequest(options) ?? (seeded ? { kind: 'seed', ...given } : undefined)
}

function seedOptions<Default extends number | undefined>(
  options: OptionValues,
  byDefault: { readonly messages: Default; readonly seed: Default },
): { messages: number | Default; seed: number | Default } {
  const { messages, seed } = byDefault
  return {
    messages: wholeNumber(options, 'messages', { least: 1, most: maxMessages, byDefault: messages }),
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
  return { kind: 'file', path, name: path === '-' ? 'standard input' : path, keyPointer }
}

/** A name of `--cassette`; with which ending it is found, `findCassette` says. */
function cassetteOption(name: string): string {
  try {
    return cassetteName(name)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`--${message}`, exitCodes.usage, { cause })
  }
}

/** @throws UserError for a name that says that the recording is not complete; nothing is replayed under one either */
function recordedName(name: string): string {
  const why = unrecordable(name)
  if (why === undefined) return name
  throw new UserError(`record: --cassette ${JSON.stringify(name)}: ${why}`)
}

function outFolder(options: OptionValues): string | undefined {
  const out = options['out']
  if (out === '') throw new UserError('--out "": give a folder')
  return typeof out === 'string' ? out : undefined
}

function isMode(mode: string): mode is RrMode {
  return (RR_MODES as readonly string[]).includes(mode)
}
