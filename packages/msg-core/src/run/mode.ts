import { DriverError } from '../port/index.ts'
import type { RrMode } from '../rr/index.ts'
import type { CassetteState } from './cassette-file.ts'

/**
 * How a run treats its cassette:
 *
 * - `auto`: replay what is there, else record;
 * - `record`: record, in place of what is there;
 * - `record_new`: record, but only where nothing is there;
 * - `record_missing`: answer from what is there, record what it does not have, and put both in its place; in CI, replay;
 * - `replay`: replay, never touch a broker.
 */
export type RunMode = 'auto' | 'record' | 'record_new' | 'record_missing' | 'replay'

/** X07's modes as rows of the table; `off` is a run without a cassette. */
export const runModes: Readonly<Record<Exclude<RrMode, 'off'>, RunMode>> = {
  record_v1: 'record_new',
  replay_v1: 'replay',
  record_missing_v1: 'record_missing',
  rewrite_v1: 'record',
}

/** The row of a mode that has one of X07's names; any other text is passed on. */
export function runModeOf(mode: RunMode | keyof typeof runModes): RunMode {
  return Object.hasOwn(runModes, mode) ? runModes[mode as keyof typeof runModes] : (mode as RunMode)
}

/** What a run does; the two refusals say that nothing may be recorded: over what is there, or in CI. */
export type RunAction = 'record' | 'record_missing' | 'replay' | 'refuse_to_replace' | 'refuse_in_ci'

/** Every mode by what is there. This is the one table; the modes of X07 and of the command line are mapped to its rows. */
const actions: Readonly<Record<RunMode, Readonly<Record<CassetteState, Exclude<RunAction, 'refuse_in_ci'>>>>> = {
  auto: { absent: 'record', empty: 'record', recorded: 'replay' },
  record: { absent: 'record', empty: 'record', recorded: 'record' },
  record_new: { absent: 'record', empty: 'record', recorded: 'refuse_to_replace' },
  record_missing: { absent: 'record', empty: 'record', recorded: 'record_missing' },
  replay: { absent: 'replay', empty: 'replay', recorded: 'replay' },
}

/** What a run in this mode does where the cassette is in this state; in CI nothing is recorded. */
export function runAction(mode: RunMode, state: CassetteState, ci: boolean): RunAction {
  const action = actions[mode][state]
  if (!ci) return action
  if (action === 'record') return 'refuse_in_ci'
  return action === 'record_missing' ? 'replay' : action
}

/**
 * {@link runAction}, with a refusal as an error.
 *
 * @throws DriverError `invalid_config` where the mode is not one of the table; `not_found` or `precondition_failed` for a
 *   refusal
 */
export function decideRun(
  cassette: string,
  mode: RunMode,
  state: CassetteState,
  ci: boolean,
): 'record' | 'record_missing' | 'replay' {
  if (!Object.hasOwn(actions, mode)) {
    // A program without types, or a mode from the environment: another mode would record over what is there.
    const message = `open cassette ${cassette}: mode "${mode}" must be one of ${Object.keys(actions).join(', ')}`
    throw new DriverError('invalid_config', message)
  }
  const action = runAction(mode, state, ci)
  if (action !== 'refuse_to_replace' && action !== 'refuse_in_ci') return action
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
