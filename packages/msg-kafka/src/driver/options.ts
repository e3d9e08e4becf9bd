import type { ConnectionOptions } from 'node:tls'
import type { OwnCodecs } from './client/codecs.ts'
import { readKafkaProfile, type KafkaProfile } from './profile.ts'
import type { CompressionName } from '../protocol/compression/index.ts'

/** Where the driver, and kafkajs below it, say what happens. Nothing else of theirs reaches the user. */
export type KafkaLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void

/** How long a failing call is tried again. */
export interface KafkaRetry {
  /** Give up when the broker has not answered for so long; default {@link kafkaDefaults}.giveUpAfterMs. */
  readonly giveUpAfterMs?: number
  /** A topic that is still unknown after so long is not there; default {@link kafkaDefaults}.notFoundAfterMs. */
  readonly notFoundAfterMs?: number
  /** The first pause between two tries; each following one is twice as long, with jitter. */
  readonly firstDelayMs?: number
  /** The longest pause between two tries. */
  readonly maxDelayMs?: number
}

/** How publishes are gathered into requests. */
export interface KafkaBatching {
  /** Wait so long for more before a request leaves while none is under way; 0 sends what one turn of the event loop brought. */
  readonly lingerMs?: number
  /** Messages in one request, at most. */
  readonly maxMessages?: number
  /** Bytes of envelopes in one request, at most; a larger message travels alone. */
  readonly maxBytes?: number
}

/** When a publish is confirmed: by all in-sync replicas, by the leader alone, or as soon as it is sent. */
export type Acks = 'all' | 1 | 0

/** Where a group begins that has not committed an offset: at the ends of a partition, or at a time in milliseconds. */
export type StartPosition = 'earliest' | 'latest' | { readonly timestamp: number }

/** How a topic is created, where it is missing, and what messages are given that do not say. */
export interface KafkaTopicSettings {
  /** Default the driver's `partitions`. */
  readonly partitions?: number
  /** Default the broker's. */
  readonly replicationFactor?: number
  /** By the names that the broker has for them, such as `retention.ms`. */
  readonly config?: Readonly<Record<string, string>>
  /** Of messages without the property `partition`; default by their key. */
  readonly partition?: number
  /** Of messages without the property `timestamp`, in milliseconds since 1970; default the time of sending. */
  readonly timestamp?: number
}

/** What {@link openKafka} is made of. Names are logical unless said otherwise; times are milliseconds. */
export interface KafkaOptions {
  /** The contract of the connection. Either it or `brokers` is needed. */
  readonly profile?: KafkaProfile
  /** `host:port` of at least one broker, for a plain connection within the default limits. */
  readonly brokers?: readonly string[]
  /**
   * The topics that are published to and consumed, at least one. A regular expression stands for all topics whose name on the
   * broker matches it, internal ones (`__…`) left out, those that are created later included; `physical` does not apply.
   */
  readonly topics: readonly (string | RegExp)[]
  /** The consumer group. */
  readonly groupId: string
  /** Settings of single topics of `topics`, by name. */
  readonly topicSettings?: Readonly<Record<string, KafkaTopicSettings>>
  /** Partitions of a topic that `ensureTopology` creates; default 3. */
  readonly partitions?: number
  /** The name cassettes give this broker; default the profile's id. */
  readonly endpoint?: string
  /** The value of a secret id; default none is known. */
  readonly secrets?: (id: string) => string | undefined
  /** The name on the broker of a logical topic or group; default the same. Must map distinct names to distinct names. */
  readonly physical?: (name: string) => string
  /** Called before every connection, with the address about to be dialled; throws to forbid it. */
  readonly authorize?: (host: string, port: number) => void
  /**
   * Where to dial instead of an address that the broker advertises: for brokers behind a tunnel, a port map or a proxy.
   * Default the address itself.
   */
  readonly dialAt?: (host: string, port: number) => { readonly host: string; readonly port: number }
  /** Trust and identity of a TLS connection; used where the profile asks for TLS. */
  readonly tls?: ConnectionOptions
  /** The client id the broker's logs show; default `x07-lab`. */
  readonly clientId?: string
  /** Default `all`; below it a repetition after a failure is not recognised by the broker. */
  readonly acks?: Acks
  /**
   * Names this producer in transactions: at most one driver at a time has it, and one that opens later ends the transaction
   * that the former left open. `physical` does not apply. Default none: then there are no transactions.
   */
  readonly transactionalId?: string
  /** Whether messages of transactions that are open or were aborted are read; default `read_committed`: they are not. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
  /**
   * Default `earliest`. What it comes to is committed at once, so that a rebalance does not move it. It is for topics of which the
   * group has committed nothing: with `latest`, a partition without a commit in a topic of which it has committed others counts as
   * added later and is read from its beginning, which the log says; commit its end before, where that is not wanted.
   */
  readonly startAt?: StartPosition
  /** How published batches are compressed; default `none`. All four codecs are read whatever it says. */
  readonly compression?: 'none' | CompressionName
  /**
   * Codecs of one's own, for publishing and reading. kafkajs has one table of codecs for the process: they serve every driver
   * that is open, the latest opened first, until this one closes.
   */
  readonly codecs?: OwnCodecs
  readonly batching?: KafkaBatching
  readonly retry?: KafkaRetry
  /** A member that has not been heard of for so long has left the group; the broker allows 6,000 to 1,800,000 by default. */
  readonly sessionTimeoutMs?: number
  /** How often the group hears from the member; at most a third of the session timeout. */
  readonly heartbeatMs?: number
  /** How often a consumer looks for new partitions, and for topics that a regular expression stands for; default 10,000. */
  readonly metadataMaxAgeMs?: number
  /** A request without an answer for so long has failed. */
  readonly requestTimeoutMs?: number
  /** A consumer that nothing was heard of for so long has silently stopped. */
  readonly stallTimeoutMs?: number
  /** Monotonic time in milliseconds; default `performance.now()`. */
  readonly now?: () => number
  /** A number in [0, 1) for the jitter of pauses; default `Math.random()`. */
  readonly random?: () => number
  readonly log?: KafkaLog
}

/** What an option is when it is not given. */
export const kafkaDefaults = {
  partitions: 3,
  clientId: 'x07-lab',
  acks: 'all',
  isolation: 'read_committed',
  startAt: 'earliest',
  compression: 'none',
  /** Without a profile; the same as in X07's replay handles. */
  endpoint: 'kafka_v1',
  limits: { max_message_bytes: 1_048_576, max_poll_items: 100, max_poll_wait_ms: 1_000 },
  /** Long enough for a broker to be killed, started again and to recover its log. */
  giveUpAfterMs: 60_000,
  /** Opening answers a person who has forgotten to start the broker: do not keep them waiting. */
  openGiveUpAfterMs: 5_000,
  /** A topic just created is unknown to some brokers for a moment. */
  notFoundAfterMs: 5_000,
  firstDelayMs: 50,
  maxDelayMs: 2_000,
  lingerMs: 0,
  /** kafkajs copies a request's messages once per message: quadratic, and slower than it saves above this. */
  maxMessages: 1_000,
  /** Below the broker's default `message.max.bytes` of 1,048,588, which bounds a request's share of one partition. */
  maxBytes: 900_000,
  sessionTimeoutMs: 10_000,
  /**
   * How long the group waits for a member when it is divided anew. kafkajs waits 5 s longer for the answer to a join, which
   * may have left over a dead connection: a second try must fit into `giveUpAfterMs`.
   */
  rebalanceTimeoutMs: 20_000,
  heartbeatMs: 2_000,
  metadataMaxAgeMs: 10_000,
  requestTimeoutMs: 15_000,
  stallTimeoutMs: 90_000,
} as const

/** Every option with its value. */
export type Settings = Readonly<ReturnType<typeof applyDefaults>>

/** Applies the defaults. */
export function applyDefaults(options: KafkaOptions) {
  const { batching = {}, retry = {} } = options
  const profile = options.profile ?? profileOf(options.brokers ?? [])
  return {
    profile,
    /** Whether a profile says how to connect and what is allowed, or `brokers` stands for one with the default limits. */
    givenBy: options.profile === undefined ? ('brokers' as const) : ('profile' as const),
    topics: options.topics.filter((topic) => typeof topic === 'string'),
    patterns: options.topics.filter((topic) => topic instanceof RegExp),
    groupId: options.groupId,
    topicSettings: new Map(Object.entries(options.topicSettings ?? {})),
    partitions: options.partitions ?? kafkaDefaults.partitions,
    endpoint: options.endpoint ?? profile.id,
    secrets: options.secrets ?? (() => undefined),
    physical: options.physical ?? ((name: string) => name),
    authorize: options.authorize ?? (() => undefined),
    dialAt: options.dialAt ?? ((host: string, port: number) => ({ host, port })),
    tls: options.tls ?? {},
    clientId: options.clientId ?? kafkaDefaults.clientId,
    acks: options.acks ?? kafkaDefaults.acks,
    transactionalId: options.transactionalId,
    isolation: options.isolation ?? kafkaDefaults.isolation,
    startAt: options.startAt ?? kafkaDefaults.startAt,
    compression: options.compression ?? kafkaDefaults.compression,
    codecs: options.codecs ?? {},
    lingerMs: batching.lingerMs ?? kafkaDefaults.lingerMs,
    maxMessages: batching.maxMessages ?? kafkaDefaults.maxMessages,
    maxBytes: batching.maxBytes ?? kafkaDefaults.maxBytes,
    giveUpAfterMs: retry.giveUpAfterMs ?? kafkaDefaults.giveUpAfterMs,
    notFoundAfterMs: retry.notFoundAfterMs ?? kafkaDefaults.notFoundAfterMs,
    firstDelayMs: retry.firstDelayMs ?? kafkaDefaults.firstDelayMs,
    maxDelayMs: retry.maxDelayMs ?? kafkaDefaults.maxDelayMs,
    sessionTimeoutMs: options.sessionTimeoutMs ?? kafkaDefaults.sessionTimeoutMs,
    heartbeatMs: options.heartbeatMs ?? kafkaDefaults.heartbeatMs,
    metadataMaxAgeMs: options.metadataMaxAgeMs ?? kafkaDefaults.metadataMaxAgeMs,
    requestTimeoutMs: options.requestTimeoutMs ?? kafkaDefaults.requestTimeoutMs,
    stallTimeoutMs: options.stallTimeoutMs ?? kafkaDefaults.stallTimeoutMs,
    now: options.now ?? (() => performance.now()),
    random: options.random ?? (() => Math.random()),
    log: options.log,
  }
}

/** @throws DriverError `invalid_config` for addresses that are not ones */
function profileOf(brokers: readonly string[]): KafkaProfile {
  const { endpoint: id, limits } = kafkaDefaults
  return readKafkaProfile({
    schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
    id,
    v: 1,
    bootstrap: [...brokers],
    limits,
  })
}
