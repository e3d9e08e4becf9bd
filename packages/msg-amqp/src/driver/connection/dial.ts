import { connect, type Options, type SocketOptions } from 'amqplib'
import { DriverError } from '@x07-lab/msg-core'
import { credentialsOf, nameUser, type GivenBy } from '../config/credentials.ts'
import { toDriverError, type Remedies } from '../errors.ts'
import type { AmqpProfile } from '../config/profile.ts'
import type { AmqpOptions } from '../options.ts'
import { systemTimers } from '@x07-lab/msg-core/kit'
import { tapConnection } from '../wire/tap.ts'
import { gatherWrites } from './gather-writes.ts'
import { liveConnection, type LiveConnection } from './live-connection.ts'

/** The low end of what RabbitMQ advises, so that a dead peer is noticed within half a minute. */
export const defaultHeartbeatMs = 10_000

export const defaultConnectTimeoutMs = 10_000

/** The options with the profile that they come to. */
export interface DialOptions extends AmqpOptions {
  readonly profile: AmqpProfile
}

/** Whether a profile or a URL says where the broker is. */
export function givenBy({ url }: AmqpOptions): GivenBy {
  return url === undefined ? 'profile' : 'URL'
}

/**
 * Connects once.
 *
 * @throws DriverError `invalid_config` without usable credentials; `access_denied` when the dial is not allowed, or the
 *   virtual host is missing or not this user's; `unreachable`, `auth_refused`, `tls_failed`, `protocol`; `aborted` by the signal
 */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<LiveConnection> {
  const { profile, tls, authorize, timers = systemTimers } = options
  const { connectTimeoutMs = defaultConnectTimeoutMs, heartbeatMs = defaultHeartbeatMs } = options
  const { host, port } = profile
  const doing = `open broker ${profile.id} at ${host}:${port}`
  const { username, password } = credentialsOf(profile, options.secrets ?? (() => undefined), givenBy(options))
  await permit(doing, host, port, authorize)
  if (signal.aborted) throw new DriverError('aborted', `${doing}: aborted by the caller`)

  const url: Options.Connect = {
    protocol: tls === undefined ? 'amqp' : 'amqps',
    hostname: host,
    port,
    username,
    password,
    // amqplib reads it as part of a URL.
    vhost: encodeURIComponent(profile.vhost),
    heartbeat: Math.ceil(heartbeatMs / 1_000),
  }
  const abort = new AbortController()
  let late = false
  const cancelDeadline = timers.after(connectTimeoutMs, () => {
    late = true
    abort.abort()
  })
  const giveUp = (): void => abort.abort()
  signal.addEventListener('abort', giveUp, { once: true })
  // Requests of a driver are small and somebody waits for the answer: Nagle's delay would be in each of them. The signal is
  // the socket's own option, which the types of TLS leave out.
  const socket: SocketOptions & { signal: AbortSignal } = { ...tls, noDelay: true, signal: abort.signal }
  try {
    const model = await connect(url, socket)
    gatherWrites(model.connection)
    const tap = tapConnection(model.connection)
    return liveConnection(model, tap, { broker: profile.id, abort, timers, answerTimeoutMs: connectTimeoutMs })
  } catch (error) {
    abort.abort()
    if (late)
      throw new DriverError('unreachable', `${doing}: no answer within ${connectTimeoutMs} ms; ${look}`, {
        cause: error,
      })
    if (signal.aborted) throw new DriverError('aborted', `${doing}: aborted by the caller`, { cause: error })
    throw toDriverError(error, doing, 'dial', undefined, remediesOf(options))
  } finally {
    cancelDeadline()
    signal.removeEventListener('abort', giveUp)
  }
}

/** What to change about a broker that does not let in, in what the user gave. */
function remediesOf(options: DialOptions): Remedies {
  const given = givenBy(options)
  return {
    unreachable: `start the broker, or correct host and port in the ${given}`,
    auth_refused:
      options.profile.auth === undefined
        ? `the ${given} names no user, so that guest was tried: ${nameUser[given]}`
        : `check the user and password ${given === 'URL' ? 'in the URL, percent-encoded' : 'that the profile names by secret id'}`,
  }
}

const look = 'check that a broker listens there and is not overloaded'

async function permit(doing: string, host: string, port: number, authorize: AmqpOptions['authorize']): Promise<void> {
  try {
    await authorize?.(host, port)
  } catch (cause) {
    if (cause instanceof DriverError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriverError('access_denied', `${doing}: not permitted, ${reason}`, { cause })
  }
}
