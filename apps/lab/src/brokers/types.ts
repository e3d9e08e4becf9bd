import type { Clock } from './clock.ts'

/** The two brokers the lab can bring up. */
export type BrokerKind = 'amqp' | 'kafka'

/** How a broker came to be there: it already listened, or one of the three ways the lab starts one. */
type BrokerWay = 'listening' | 'docker' | 'rabbitmq-server' | 'kafka-jar'

/** A way the lab can start a broker itself. */
export type StartableWay = Exclude<BrokerWay, 'listening'>

/** Brokers listen here and nowhere else; the lab never offers one to the network. */
export const BROKER_HOST = '127.0.0.1'

/** The registered ports of AMQP 0-9-1 and of Kafka's own quickstart. */
export const DEFAULT_PORTS: Readonly<Record<BrokerKind, number>> = { amqp: 5672, kafka: 9092 }

/** What people call the broker behind each kind. */
export const BROKER_NAMES: Readonly<Record<BrokerKind, string>> = { amqp: 'RabbitMQ', kafka: 'Kafka' }

/** Everything of the outside world that the broker functions use. */
export type BrokerDeps = {
  /** Where commands are found and what they inherit: `PATH`, `HOME`, `JAVA_HOME`, `XDG_STATE_HOME`, `XDG_CACHE_HOME`. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Root folder of the repository: `docker-compose.yml` and `brokers/` are read from it. */
  readonly repo: string
  readonly clock: Clock
  /** Folders searched for `rabbitmq-server` after `PATH`; an ordinary user's `PATH` has no `sbin`. */
  readonly searchFolders: readonly string[]
  /** Told, in a few words, what is about to take long. */
  readonly progress?: (line: string) => void
  /** Ends a start that is under way; what it had started is ended too. */
  readonly signal?: AbortSignal
}

/** What a caller may set; every field has a default. */
export type BrokerSettings = {
  /** TCP port on 127.0.0.1; `DEFAULT_PORTS` unless told. */
  readonly port?: number
  /** Folder for data, logs and the record of what runs; `$XDG_STATE_HOME/x07-lab` or `~/.local/state/x07-lab`. */
  readonly stateFolder?: string
  /** Folder for downloads; `$XDG_CACHE_HOME/x07-lab` or `~/.cache/x07-lab`. */
  readonly cacheFolder?: string
  /** How long a started broker may take until it answers, in milliseconds; 90,000 unless told. */
  readonly readyTimeoutMs?: number
  /** Which ways may be tried, in this order; Docker first unless told. */
  readonly ways?: readonly StartableWay[]
}

/** A broker that answers. */
export type RunningBroker = {
  readonly kind: BrokerKind
  readonly way: BrokerWay
  readonly host: string
  readonly port: number
  /** What a broker that the lab did not start calls itself in its handshake (AMQP). */
  readonly name?: string
  /** As the handshake tells it (AMQP), else as the jars say; absent where neither does. */
  readonly version?: string
  /** Where the broker writes its log; absent for one the lab did not start. */
  readonly logFolder?: string
}

/** A way that was tried and did not give a broker: why, and what to do about it. */
export type Attempt = { readonly way: StartableWay; readonly reason: string; readonly advice: string }

/** Result of `up`. `startedNow` is false when the broker was there before the call. */
export type UpResult =
  | ({ readonly outcome: 'up'; readonly startedNow: boolean } & RunningBroker)
  | {
      readonly outcome: 'port-held'
      readonly kind: BrokerKind
      readonly host: string
      readonly port: number
      readonly seen: string
    }
  | {
      readonly outcome: 'unavailable'
      readonly kind: BrokerKind
      readonly host: string
      readonly port: number
      readonly tried: readonly Attempt[]
    }

/** Result of `down`. `not-ours` is a broker the lab did not start and therefore leaves alone. */
export type DownResult =
  | {
      readonly outcome: 'stopped'
      readonly kind: BrokerKind
      readonly way: StartableWay
      readonly host: string
      readonly port: number
    }
  | { readonly outcome: 'not-ours'; readonly kind: BrokerKind; readonly host: string; readonly port: number }
  | { readonly outcome: 'not-running'; readonly kind: BrokerKind; readonly host: string; readonly port: number }

/**
 * Result of `status`. `starting`: the lab's broker runs and does not answer yet, or its starter was killed before
 * it did. `unresponsive`: it answered once, runs, and does not answer now. `crashed`: the lab started it, nobody stopped it, and its process is gone.
 */
export type StatusResult =
  | ({ readonly state: 'up' } & RunningBroker)
  | { readonly state: 'down'; readonly kind: BrokerKind; readonly host: string; readonly port: number }
  | {
      readonly state: 'port-held'
      readonly kind: BrokerKind
      readonly host: string
      readonly port: number
      readonly seen: string
    }
  | {
      readonly state: 'starting' | 'unresponsive' | 'crashed'
      readonly kind: BrokerKind
      readonly way: StartableWay
      readonly host: string
      readonly port: number
      readonly logFolder?: string
    }
