import type { ConnectionOptions } from 'node:tls'
import { DriverError } from '@x07-lab/msg-core'
import type { SASLOptions } from 'kafkajs'
import type { Settings } from '../options.ts'

/** How kafkajs is told to secure a connection. */
export interface Security {
  readonly ssl?: ConnectionOptions
  readonly sasl?: SASLOptions
}

/** The two strengths of SCRAM; a profile says SCRAM, and the broker which of them it knows. */
export type Scram = 'scram-sha-512' | 'scram-sha-256'

/**
 * @throws DriverError `invalid_config` where the profile asks for a login and a secret is not there; it names the id, never
 *   the value
 */
export function securityOf(settings: Pick<Settings, 'profile' | 'secrets' | 'tls'>, scram: Scram): Security {
  const { security } = settings.profile
  const ssl = security.tls ? { ssl: settings.tls } : {}
  if (security.sasl_mode === 'none_v1') return ssl
  const username = secret(settings, 'username_secret_id')
  const password = secret(settings, 'password_secret_id')
  const mechanism = security.sasl_mode === 'plain_v1' ? 'plain' : scram
  return { ...ssl, sasl: { mechanism, username, password } }
}

function secret(
  { profile, secrets }: Pick<Settings, 'profile' | 'secrets'>,
  field: 'username_secret_id' | 'password_secret_id',
): string {
  const id = profile.security[field]
  const at = `kafka profile ${profile.id}: security.${field}`
  if (id === '') throw new DriverError('invalid_config', `${at} is empty, ${profile.security.sasl_mode} needs it`)
  const value = secrets(id)
  if (value === undefined || value === '') {
    throw new DriverError('invalid_config', `${at}: there is no secret "${id}"; set it in the environment`)
  }
  return value
}
