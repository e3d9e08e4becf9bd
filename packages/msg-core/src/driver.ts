/** What the author of a driver or of another face over the engine uses, beside `.`. */
export type { Log } from './kit/log.ts'
export { wakeup, type Wakeup } from './kit/wakeup.ts'
export { driverErrors, iterateDeliveries, type DeliverySource, type Remaining, type Wire } from './port/index.ts'
export type { DriverObserver } from './port/observer.ts'
export { recording, type RecordingDriver, type RecordingOptions, type RecordingSink } from './port/recording/index.ts'
export type {
  Awaited,
  BrokerAddress,
  ConnectionRecorder,
  ContentRedactor,
  Conversation,
  Endpoint,
  Line,
  LoopbackConnection,
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
export { openMissing, type MissingCounts, type MissingDriver } from './port/missing/missing-driver.ts'
export {
  openReplay,
  replaying,
  type LaneRule,
  type PartChoice,
  type Replay,
  type ReplayingDriver,
  type ReplayingOptions,
  type ReplayMatchOptions,
  type ReplayOptions,
} from './port/replaying/index.ts'
