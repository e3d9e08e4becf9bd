/** One run: its mode, its cassette's name, its seal; for the faces over it. */
export { cassetteName, findCassette, type CassetteFile, type CassetteState } from './cassette-file.ts'
export { cassetteNames, nearCassettes } from './cassette-names.ts'
export { socketRulesOf } from './match-rules.ts'
export { decideRun, runAction, runModes, type RunAction, type RunMode } from './mode.ts'
export { defaultLimits, openRun, type RunOptions } from './open-run.ts'
export {
  openRecording,
  type Completion,
  type RecordingRun,
  type RecordingRunOptions,
  type Secrecy,
} from './recording-run.ts'
export { projectRules, redactContracts, usedContracts, type ContractsUsed } from './project-contracts.ts'
export { openRecorded, type ReplayRun, type ReplayRunOptions } from './replay-run.ts'
export { recordingOf, recordingStarts } from './recording-numbers.ts'
