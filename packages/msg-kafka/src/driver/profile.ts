import { DriverError } from '@x07-lab/msg-core'
import { readContract } from '@x07-lab/msg-core/json'
import { parseEndpoint } from '@x07-lab/msg-core/kit'
import { kafkaProfileDocumentForm } from './profile.generated.ts'

/** The contract of a Kafka connection, as `arch/msg/kafka/profiles/*.kafka_profile.json` holds it. */
export interface KafkaProfile {
  readonly schema_version: 'x07.arch.msg.kafka.profile@0.1.0'
  readonly id: string
  readonly v: number
  /** `host:port` or `[IPv6]:port`, at least one. */
  readonly bootstrap: readonly string[]
  readonly security: KafkaSecurity
  readonly limits: KafkaLimits
}

/** How a profile asks to be secured. Secrets are ids; their values come from the environment. */
export interface KafkaSecurity {
  readonly sasl_mode: 'none_v1' | 'plain_v1' | 'scram_v1'
  readonly tls: boolean
  readonly username_secret_id: string
  readonly password_secret_id: string
}

/** What a profile bounds. */
export interface KafkaLimits {
  /** Largest envelope published, in bytes: 1 to 2^30. */
  readonly max_message_bytes: number
  /** Messages taken from the broker and not handed out, before no more are fetched: 1 to 100,000. */
  readonly max_poll_items: number
  /** How long a fetch waits for a first message, in milliseconds: 0 to 60,000. */
  readonly max_poll_wait_ms: number
}

/**
 * Reads a parsed profile document. Without `security` the connection is plain; with it, `tls` is true unless it says false.
 *
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold; unknown fields are refused
 */
export function readKafkaProfile(json: unknown): KafkaProfile {
  const document = readContract(kafkaProfileDocumentForm, json, refused, {
    tls: 'TLS is switched on by security.tls',
  })
  document.bootstrap.forEach((address, at) => {
    if (parseEndpoint(address) !== undefined) return
    throw refused(`bootstrap[${at}] is ${JSON.stringify(address.slice(0, 60))}, expected "host:port" or "[IPv6]:port"`)
  })
  const { security } = document
  return {
    ...document,
    security: {
      sasl_mode: security?.sasl_mode ?? 'none_v1',
      tls: security === undefined ? false : (security.tls ?? true),
      username_secret_id: security?.username_secret_id ?? '',
      password_secret_id: security?.password_secret_id ?? '',
    },
  }
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read Kafka profile: ${problem}`)
}
