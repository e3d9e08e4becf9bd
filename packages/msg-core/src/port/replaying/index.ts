export { describeDivergence } from './divergence-text.ts'
export type { LaneRule, ReplayingDriver, ReplayingOptions, ReplayMatchOptions, ReplayOptions } from './options.ts'
export type { PartChoice } from './parts.ts'
export { openReplay, replaying, type Replay } from './replay.ts'
