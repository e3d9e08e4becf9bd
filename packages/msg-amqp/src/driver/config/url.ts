import { DriverError } from '@x07-lab/msg-core'
import type { AmqpTls } from '../options.ts'
import type { SecretLookup } from './credentials.ts'
import type { AmqpProfile } from './profile.ts'

/** What a URL says of a broker. */
export interface UrlParts {
  readonly profile: AmqpProfile
  readonly secrets: SecretLookup
  readonly tls?: AmqpTls
  readonly heartbeatMs?: number
}

/** Limits where no profile states them: RabbitMQ's own bound of a body, and a prefetch that keeps a consumer busy. */
const defaultLimits = { maxBodyBytes: 134_217_728, prefetchCount: 100, maxPollItems: 100 }

/**
 * Reads `amqp[s]://user:password@host:port/vhost?heartbeat=10`. Missing parts are the protocol's: port 5672 or 5671, the
 * virtual host `/`, and on a loopback host the account guest.
 *
 * @param id the name cassettes give this broker
 * @throws DriverError `invalid_config`; the URL itself is in no message, since it may hold a password
 */
export function readAmqpUrl(url: string, id: string): UrlParts {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['amqp:', 'amqps:'].includes(parsed.protocol) || parsed.hostname === '') {
    throw refused('it must be of the form amqp://user:password@host:port/vhost, or amqps://…')
  }
  const { protocol, hostname, port, pathname, username, password, searchParams } = parsed
  let heartbeatMs: number | undefined
  for (const [name, value] of searchParams) {
    if (name !== 'heartbeat') throw refused(`parameter ${name} is not known; must be heartbeat`)
    if (!/^\d{1,5}$/.test(value)) throw refused('parameter heartbeat must be a whole number of seconds')
    heartbeatMs = 1_000 * Number(value)
  }
  const vhost = decode(pathname.slice(1))
  const secure = protocol === 'amqps:'
  const account: Readonly<Record<string, string>> = { username: decode(username), password: decode(password) }
  return {
    profile: {
      id,
      v: 1,
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 5_671 : 5_672) : Number(port),
      vhost: vhost === '' ? '/' : vhost,
      ...(username === '' ? {} : { auth: { usernameSecretId: 'username', passwordSecretId: 'password' } }),
      limits: defaultLimits,
    },
    secrets: (secret) => account[secret],
    ...(secure ? { tls: {} } : {}),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refused('a part of it is not percent-encoded UTF-8')
  }
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read the broker's URL: ${problem}`)
}
