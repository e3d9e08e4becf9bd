import type { SecureContextOptions } from 'node:tls'
import type { AmqpProfile } from './config/profile.ts'
import type { AmqpTopology } from './config/topology.ts'
import type { SecretLookup } from './config/credentials.ts'
import type { Log } from '@x07-lab/msg-core/driver'
import type { Timers } from '@x07-lab/msg-core/kit'

/** How long the driver tries before it gives up. Delays double from the first to the longest. */
export interface RetryOptions {
  /** Attempts to connect when the driver is opened; default 1, so that an absent broker is told at once. */
  readonly openAttempts?: number
  /** Attempts in a row, without any progress between them, after a connection was lost; default 12, half a minute. */
  readonly attempts?: number
  /** Default 100 ms. */
  readonly firstDelayMs?: number
  /** Default 5,000 ms. */
  readonly maxDelayMs?: number
  /** Part of a delay that is left to chance, 0 to 1; default 0.2. */
  readonly jitter?: number
}

/** TLS towards the broker, in Node's terms. An empty object trusts the public certificate authorities. */
export interface AmqpTls extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'> {
  /** The name the certificate must have, where it is not the profile's host. */
  readonly servername?: string
}

/** What {@connection openAmqp} is given. */
export interface AmqpOptions {
  /** Where the broker is, and the limits of its use; or else {@link AmqpOptions.url}. */
  readonly profile?: AmqpProfile
  /** `amqp[s]://user:password@host:port/vhost`, with default limits. */
  readonly url?: string
  readonly topology: AmqpTopology
  /** The name cassettes give this broker; default the profile's id, for a URL `amqp`. */
  readonly endpoint?: string
  /** Secrets by id; default none. */
  readonly secrets?: SecretLookup
  /** Speaks TLS (amqps) when given. */
  readonly tls?: AmqpTls
  /** How the broker calls an exchange or queue of the topology; default the logical name itself. */
  readonly physical?: (name: string) => string
  /** Logical names of the queues to consume, of those that the topology consumes; default all. */
  readonly queues?: readonly string[]
  /** Asked before every dial, reconnections included; what it throws refuses the dial. */
  readonly authorize?: (host: string, port: number) => void | Promise<void>
  readonly retry?: RetryOptions
  /** Time between heartbeats, in whole seconds on the wire, rounded up; 0 for none. A peer that is silent for twice to thrice as long counts as dead. Default 10,000 ms. */
  readonly heartbeatMs?: number
  /** Longest wait for a connection to stand, for the answer to a request, and for a connection to close. Default 10,000 ms. */
  readonly connectTimeoutMs?: number
  /** Longest time without any confirm while messages are unconfirmed; then they are sent again. Default 15,000 ms. */
  readonly confirmTimeoutMs?: number
  /** Time without a delivery or settle after which a consumer asks the broker for a sign of life. Default 10,000 ms. */
  readonly idleTimeoutMs?: number
  /**
   * Wait for a rejected message to come again: so long nothing behind it in its queue is handed out. It does not come where
   * another consumer gets it, or where the broker drops it at its delivery limit. A broker that takes longer to answer is waited
   * for. Default 500 ms.
   */
  readonly returnTimeoutMs?: number
  /** Messages that may be unconfirmed at once; default 1,024. */
  readonly maxUnconfirmed?: number
  /** Body bytes that may be unconfirmed at once (one message always may); default 16 MiB. */
  readonly maxUnconfirmedBytes?: number
  readonly timers?: Timers
  /** 0 up to 1, for the jitter; default Math.random. */
  readonly random?: () => number
  /** Gives up opening. An open driver does not look at it. */
  readonly signal?: AbortSignal
  /** Told of connections lost and found again; default silent. */
  readonly log?: Log
}
