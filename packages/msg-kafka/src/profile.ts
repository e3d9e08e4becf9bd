import { DriverError } from '@x07-lab/msg-core'

/** The contract of a Kafka connection, as `arch/msg/kafka/profiles/*.kafka_profile.json` holds it. */
export interface KafkaProfile {
  readonly schema_version: 'x07.arch.msg.kafka.profile@0.1.0'
  readonly id: string
  readonly v: number
  /** `host:port`, at least one. */
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

const schemaVersion = 'x07.arch.msg.kafka.profile@0.1.0'
const saslModes = ['none_v1', 'plain_v1', 'scram_v1'] as const

/**
 * Reads a parsed profile document. Without `security` the connection is plain; with it, `tls` is true unless it says false.
 *
 * @throws DriverError `invalid_config`, naming the field, for anything the schema x07.arch.msg.kafka.profile@0.1.0 refuses
 */
export function readKafkaProfile(json: unknown): KafkaProfile {
  const at = 'kafka profile'
  const document = object(json, at, ['schema_version', 'id', 'v', 'bootstrap', 'security', 'limits'])
  if (document['schema_version'] !== schemaVersion) {
    throw invalid(`${at}: schema_version is ${show(document['schema_version'])}, expected "${schemaVersion}"`)
  }
  const limits = object(document['limits'], `${at}: limits`, [
    'max_message_bytes',
    'max_poll_items',
    'max_poll_wait_ms',
  ])
  return {
    schema_version: schemaVersion,
    id: text(document['id'], `${at}: id`, 1, 128),
    v: integer(document['v'], `${at}: v`, 1, Number.MAX_SAFE_INTEGER),
    bootstrap: readBootstrap(document['bootstrap'], `${at}: bootstrap`),
    security: readSecurity(document['security'], `${at}: security`),
    limits: {
      max_message_bytes: integer(limits['max_message_bytes'], `${at}: limits.max_message_bytes`, 1, 2 ** 30),
      max_poll_items: integer(limits['max_poll_items'], `${at}: limits.max_poll_items`, 1, 100_000),
      max_poll_wait_ms: integer(limits['max_poll_wait_ms'], `${at}: limits.max_poll_wait_ms`, 0, 60_000),
    },
  }
}

function readBootstrap(value: unknown, at: string): string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(`${at} is ${show(value)}, expected a list of "host:port"`)
  return value.map((entry: unknown, n) => {
    const address = text(entry, `${at}[${n}]`, 1, 1024)
    const port = Number(/^[^:/\s]+:([0-9]{1,5})$/.exec(address)?.[1])
    if (!(port >= 1 && port <= 65_535)) throw invalid(`${at}[${n}] is ${show(entry)}, expected "host:port"`)
    return address
  })
}

function readSecurity(value: unknown, at: string): KafkaSecurity {
  const none = { sasl_mode: 'none_v1', tls: false, username_secret_id: '', password_secret_id: '' } as const
  if (value === undefined) return none
  const security = object(value, at, ['sasl_mode', 'tls', 'username_secret_id', 'password_secret_id'])
  const { sasl_mode = 'none_v1', tls = true, username_secret_id = '', password_secret_id = '' } = security
  const mode = saslModes.find((known) => known === sasl_mode)
  if (mode === undefined) {
    throw invalid(`${at}.sasl_mode is ${show(sasl_mode)}, expected one of ${saslModes.join(', ')}`)
  }
  if (typeof tls !== 'boolean') throw invalid(`${at}.tls is ${show(tls)}, expected true or false`)
  return {
    sasl_mode: mode,
    tls,
    username_secret_id: text(username_secret_id, `${at}.username_secret_id`, 0, Number.MAX_SAFE_INTEGER),
    password_secret_id: text(password_secret_id, `${at}.password_secret_id`, 0, Number.MAX_SAFE_INTEGER),
  }
}

function object(value: unknown, at: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${at} is ${show(value)}, expected an object`)
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`${at} has an unknown property "${unknown}"; it knows ${known.join(', ')}`)
  return value as Record<string, unknown>
}

function text(value: unknown, at: string, min: number, max: number): string {
  if (typeof value === 'string' && value.length >= min && value.length <= max) return value
  throw invalid(`${at} is ${show(value)}, expected text of ${min} to ${max} characters`)
}

function integer(value: unknown, at: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(`${at} is ${show(value)}, expected an integer from ${min} to ${max}`)
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  const json = JSON.stringify(value)
  return json.length <= 60 ? json : `${json.slice(0, 57)}...`
}

function invalid(message: string): DriverError {
  return new DriverError('invalid_config', message)
}
