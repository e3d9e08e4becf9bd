import { systemClock } from './clock.ts'
import type { BrokerDeps } from './types.ts'

/** `sbin` is where distributions put `rabbitmq-server`, and not on an ordinary user's `PATH`. */
const SEARCH_FOLDERS = [
  '/usr/lib/rabbitmq/bin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/sbin',
  '/opt/homebrew/bin',
]

/** The real machine: its clock and the usual folders, with the caller's environment, repository, progress and signal. */
export function systemDeps(from: Pick<BrokerDeps, 'env' | 'repo' | 'progress' | 'signal'>): BrokerDeps {
  return { ...from, clock: systemClock, searchFolders: SEARCH_FOLDERS }
}
