/** What the author of a driver or of another face over the engine uses, beside `.`. */
export { wakeup, type Wakeup } from './kit/wakeup.ts'
export {
  Player,
  type Offer,
  type PlayerOptions,
  type Release,
  type Role,
  type Tape,
  type TapeEvent,
} from './playback/index.ts'
export { driverErrors, iterateDeliveries, type DeliverySource, type Wire } from './port/index.ts'
export type { DriverObserver } from './port/observer.ts'
export { recording, type RecordingDriver, type RecordingOptions, type RecordingSink } from './port/recording/index.ts'
export { replaying, type ReplayingDriver, type ReplayingOptions } from './port/replaying/index.ts'
export type {
  Awaited,
  ConnectionRecorder,
  Conversation,
  Endpoint,
  Line,
  MatchRule,
  PlayContext,
  PlayReport,
  PlayScheduler,
  Protocol,
  ProtocolPlayer,
  ProtocolRecorder,
  SocketEntry,
  SocketSink,
  TlsFacts,
  ToldDivergence,
} from './playback/conversation.ts'
