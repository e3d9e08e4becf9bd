export { CodecError, type CodecErrorCode } from './codec-error.ts'
export type { DriverObserver } from './driver/observer.ts'
export {
  DriverError,
  driverErrors,
  handOver,
  openMemory,
  wakeup,
  type Delivery,
  type DeliverySource,
  type Driver,
  type DriverErrorCode,
  type Facts,
  type MemoryOptions,
  type Outcome,
  type PublishResult,
  type WaitOptions,
  type Wakeup,
  type Wire,
} from './driver/index.ts'
export {
  decodeEnvelope,
  encodeEnvelope,
  extensionHeader,
  readFrame,
  readHeaders,
  writeFrame,
  type EnvelopeFrame,
  type Header,
  type HeaderValue,
  type Json,
  type JsonObject,
  type Message,
  type TypedValue,
} from './envelope/index.ts'
export {
  decodeRecord,
  encodeRecord,
  endpointOf,
  messagingKind,
  wires,
  type MessageRecord,
  type WireNames,
} from './record/index.ts'
export { recording, type RecordingDriver, type RecordingOptions, type RecordingSink } from './recording/index.ts'
export {
  describeDivergence,
  replaying,
  type Divergence,
  type FieldDifference,
  type ReplayingDriver,
  type ReplayingOptions,
  type ReplayReport,
} from './replaying/index.ts'
export {
  Player,
  type Offer,
  type PlayerOptions,
  type Release,
  type Role,
  type Tape,
  type TapeEvent,
} from './player/index.ts'
