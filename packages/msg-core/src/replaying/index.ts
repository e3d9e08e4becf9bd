export type { Divergence, FieldDifference } from './divergence.ts'
export { describeDivergence } from './divergence-text.ts'
export { replaying, type ReplayingDriver, type ReplayingOptions, type ReplayReport } from './replaying.ts'
