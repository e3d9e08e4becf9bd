import { DriverError } from '@x07-lab/msg-core'
import { readContract } from '@x07-lab/msg-core/json'
import { amqpProfileDocumentForm } from './profile.generated.ts'

/** How to reach one broker, and the limits of its use: the contract under `arch/msg/amqp/profiles`. */
export interface AmqpProfile {
  /** The name cassettes give this broker. */
  readonly id: string
  readonly v: number
  readonly host: string
  readonly port: number
  readonly vhost: string
  /** Ids of secrets, never secrets. Empty text is the same as a missing id. */
  readonly auth?: {
    readonly usernameSecretId?: string
    readonly passwordSecretId?: string
  }
  readonly limits: {
    /** Largest message body in bytes. */
    readonly maxBodyBytes: number
    /** Deliveries the broker may have under way to this consumer, handed out or not. */
    readonly prefetchCount: number
    /** Acknowledgements that may be gathered before they are sent. */
    readonly maxPollItems: number
  }
}

/**
 * Reads a profile document (`x07.arch.msg.amqp.profile@0.1.0`) after JSON.parse.
 *
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold; unknown fields are refused
 */
export function readAmqpProfile(json: unknown): AmqpProfile {
  const { id, v, host, port, vhost, auth, limits } = readContract(
    amqpProfileDocumentForm,
    json,
    (problem) => new DriverError('invalid_config', `read AMQP profile: ${problem}`),
    { tls: 'TLS is switched on by the option tls of openAmqp' },
  )
  return {
    id,
    v,
    // An IPv6 address may be written as in a URL.
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    vhost,
    ...(auth === undefined
      ? {}
      : {
          auth: {
            ...(auth.username_secret_id ? { usernameSecretId: auth.username_secret_id } : {}),
            ...(auth.password_secret_id ? { passwordSecretId: auth.password_secret_id } : {}),
          },
        }),
    limits: {
      maxBodyBytes: limits.max_body_bytes,
      prefetchCount: limits.prefetch_count,
      maxPollItems: limits.max_poll_items,
    },
  }
}
