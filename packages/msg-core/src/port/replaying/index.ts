export type { Divergence, FieldDifference } from './divergence.ts'
export { describeDivergence } from './divergence-text.ts'
export type { ReplayingDriver, ReplayingOptions, ReplayReport } from './options.ts'
export { replaying } from './replaying.ts'
