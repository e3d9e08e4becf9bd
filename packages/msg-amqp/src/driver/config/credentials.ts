import { DriverError } from '@x07-lab/msg-core'
import { isLoopback } from '@x07-lab/msg-core/kit'
import type { AmqpProfile } from './profile.ts'

/** Gives the secret with this id, or undefined when it has none. */
export type SecretLookup = (id: string) => string | undefined

/** How the broker was given to the driver. */
export type GivenBy = 'profile' | 'URL'

/** How to say who asks, by how the broker was given. */
export const nameUser: Readonly<Record<GivenBy, string>> = {
  profile: 'set auth.username_secret_id and auth.password_secret_id',
  URL: 'write amqp://user:password@host',
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * The user and password of a profile. RabbitMQ's factory account guest is used only where the broker itself allows it: on
 * a loopback host, and when the profile names no secret.
 *
 * @throws DriverError `invalid_config` for a secret that is not there, half of a pair, or no auth on another host
 */
export function credentialsOf(profile: AmqpProfile, secrets: SecretLookup, given: GivenBy = 'profile'): Credentials {
  const { usernameSecretId, passwordSecretId } = profile.auth ?? {}
  if (usernameSecretId === undefined && passwordSecretId === undefined) {
    if (isLoopback(profile.host)) return { username: 'guest', password: 'guest' }
    throw new DriverError(
      'invalid_config',
      `open broker ${profile.id}: the ${given} names no user and host ${profile.host} is not a loopback address; ${nameUser[given]}`,
    )
  }
  if (usernameSecretId === undefined || passwordSecretId === undefined) {
    throw new DriverError(
      'invalid_config',
      `open broker ${profile.id}: the profile names only one of auth.username_secret_id and auth.password_secret_id; set both`,
    )
  }
  const secret = (id: string): string => {
    const value = secrets(id)
    if (value !== undefined) return value
    throw new DriverError('invalid_config', `open broker ${profile.id}: there is no secret ${id}; provide it`)
  }
  return { username: secret(usernameSecretId), password: secret(passwordSecretId) }
}
