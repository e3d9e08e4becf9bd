export { describeDivergence } from './divergence-text.ts'
export type { LaneRule, ReplayingDriver, ReplayingOptions, ReplayMatchOptions } from './options.ts'
export { replaying } from './replaying.ts'
