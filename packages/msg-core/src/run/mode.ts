import { DriverError } from '../port/index.ts'
import type { CassetteState } from './cassette-file.ts'

/**
 * How a run treats its cassette:
 *
 * - `auto`: replay what is there, else record;
 * - `record`: record, in place of what is there;
 * - `record_new`: record, but only where nothing is there;
 * - `replay`: replay, never touch a broker.
 */
export type RunMode = 'auto' | 'record' | 'record_new' | 'replay'

/** What a run does; the two refusals say that nothing may be recorded: over what is there, or in CI. */
export type RunAction = 'record' | 'replay' | 'refuse_to_replace' | 'refuse_in_ci'

/** Every mode by what is there. This is the one table; the modes of X07 and of the command line are mapped to its rows. */
const actions: Readonly<Record<RunMode, Readonly<Record<CassetteState, Exclude<RunAction, 'refuse_in_ci'>>>>> = {
  auto: { absent: 'record', empty: 'record', recorded: 'replay' },
  record: { absent: 'record', empty: 'record', recorded: 'record' },
  record_new: { absent: 'record', empty: 'record', recorded: 'refuse_to_replace' },
  replay: { absent: 'replay', empty: 'replay', recorded: 'replay' },
}

/** What a run in this mode does where the cassette is in this state; in CI nothing is recorded. */
export function runAction(mode: RunMode, state: CassetteState, ci: boolean): RunAction {
  const action = actions[mode][state]
  return action === 'record' && ci ? 'refuse_in_ci' : action
}

/**
 * {@link runAction}, with a refusal as an error.
 *
 * @throws DriverError `invalid_config` where the mode is not one of the table; `not_found` or `precondition_failed` for a
 *   refusal
 */
export function decideRun(cassette: string, mode: RunMode, state: CassetteState, ci: boolean): 'record' | 'replay' {
  if (!Object.hasOwn(actions, mode)) {
    // A program without types, or a mode from the environment: another mode would record over what is there.
    const message = `open cassette ${cassette}: mode "${mode}" must be one of ${Object.keys(actions).join(', ')}`
    throw new DriverError('invalid_config', message)
  }
  const action = runAction(mode, state, ci)
  if (action === 'record' || action === 'replay') return action
  if (action === 'refuse_to_replace') {
    throw new DriverError(
      'precondition_failed',
      `record ${cassette}: it holds a recording, and mode ${mode} never overwrites; give another name, or mode "record" to replace it`,
    )
  }
  throw new DriverError(
    'not_found',
    mode === 'auto'
      ? `replay ${cassette}: there is no such cassette, and CI never records; record it on a machine with the broker and commit it`
      : `record ${cassette}: CI is set, and CI never records; record on a machine with the broker and commit the cassette`,
  )
}
