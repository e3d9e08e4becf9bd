import { readFields, type Fields } from './fields.ts'

/** The schema version of the profile documents that {@link readAmqpProfile} reads. */
export const amqpProfileVersion = 'x07.arch.msg.amqp.profile@0.1.0'

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
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold
 */
export function readAmqpProfile(json: unknown): AmqpProfile {
  const fields = readFields('AMQP profile', json)
  fields.oneOf('schema_version', [amqpProfileVersion])
  const limits = fields.object('limits')
  const auth = fields.optional('auth')
  return {
    id: fields.text('id', 128),
    v: fields.integer('v', 1, Number.MAX_SAFE_INTEGER),
    host: fields.text('host', 256),
    port: fields.integer('port', 1, 65_535),
    vhost: fields.text('vhost', 256),
    ...(auth === undefined ? {} : { auth: readAuth(auth) }),
    limits: {
      maxBodyBytes: limits.integer('max_body_bytes', 1, 1_073_741_824),
      prefetchCount: limits.integer('prefetch_count', 1, 1_000_000),
      maxPollItems: limits.integer('max_poll_items', 1, 100_000),
    },
  }
}

function readAuth(auth: Fields): NonNullable<AmqpProfile['auth']> {
  const usernameSecretId = auth.optionalText('username_secret_id', 256)
  const passwordSecretId = auth.optionalText('password_secret_id', 256)
  return {
    ...(usernameSecretId === '' ? {} : { usernameSecretId }),
    ...(passwordSecretId === '' ? {} : { passwordSecretId }),
  }
}
