import { statSync } from 'node:fs'
import { resolveCassette, type RrMode } from '@x07-lab/msg-core/rr'
import { whyFailed } from '../system-error.ts'
import { exitCodes, UserError } from '../user-error.ts'

/** What stands at a cassette's path: nothing, an empty file, or a recording (whole or damaged). */
export type CassetteState = 'absent' | 'empty' | 'recorded'

/**
 * What `lab record` does:
 *
 * - `record`: runs against the broker and puts the new cassette in the place of what is there;
 * - `replay`: replays what is there;
 * - `refuse`: does nothing, so that nothing recorded is lost;
 * - `run`: runs against the broker and records nothing.
 */
export type RecordAction = 'record' | 'replay' | 'refuse' | 'run'

/** Every mode by what is there. */
export const recordActions: Readonly<Record<RrMode, Readonly<Record<CassetteState, RecordAction>>>> = {
  off: { absent: 'run', empty: 'run', recorded: 'run' },
  record_v1: { absent: 'record', empty: 'record', recorded: 'refuse' },
  replay_v1: { absent: 'replay', empty: 'replay', recorded: 'replay' },
  record_missing_v1: { absent: 'record', empty: 'record', recorded: 'replay' },
  rewrite_v1: { absent: 'record', empty: 'record', recorded: 'record' },
}

/**
 * Looks at what stands at a cassette's path below `root/.x07_rr/`.
 *
 * @throws RrError for a symlink that leads out; UserError where there is something that is no cassette, or cannot be seen
 */
export function cassetteState(root: string, name: string): CassetteState {
  const path = resolveCassette(root, Buffer.from(name))
  try {
    const stat = statSync(Buffer.from(path), { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    if (stat.isFile()) return stat.size === 0 ? 'empty' : 'recorded'
  } catch (cause) {
    throw new UserError(
      `look for cassette ${name}: ${whyFailed(cause)}; mend that, or give another --cassette`,
      exitCodes.environment,
      { cause },
    )
  }
  throw new UserError(`cassette ${name}: what is there is no file; give another --cassette`, exitCodes.environment)
}

/** The error of {@link RecordAction} `refuse`. */
export function refusal(name: string, mode: RrMode): UserError {
  return new UserError(
    `record: cassette ${name} holds a recording, and --mode ${mode} writes over none; give another --cassette, or --mode rewrite_v1 to replace it`,
  )
}
