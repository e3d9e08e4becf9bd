import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

import type { BrokerKind, BrokerSettings } from '../types.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The folder of one broker on one port: its record, its lock, `node/` with data and configuration, `log/`. */
export function brokerFolder(kind: BrokerKind, port: number, env: Env, settings: BrokerSettings): string {
  const state = settings.stateFolder ?? join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'x07-lab')
  return join(state, 'brokers', `${kind}-${port}`)
}

/** The folder for what is downloaded once and can be downloaded again. */
export function downloadFolder(env: Env, settings: BrokerSettings): string {
  return settings.cacheFolder ?? join(xdg(env, 'XDG_CACHE_HOME', '.cache'), 'x07-lab')
}

/** XDG base directory specification: a relative path in the variable is to be ignored. */
function xdg(env: Env, name: string, fallback: string): string {
  const told = env[name]
  return told !== undefined && isAbsolute(told) ? told : join(env['HOME'] || homedir(), fallback)
}
