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
  shortAscii,
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
export * from './cassette/public.ts'
export {
  createVirtualClock,
  currentCassette,
  decodeConfig,
  encodeConfig,
  entryErr,
  entryResp,
  isSafeCassettePath,
  loadPolicy,
  MATCH_MODES,
  openCassette,
  PolicyError,
  resolveCassette,
  RR_MODES,
  withConfig,
  withPolicy,
  type MatchMode,
  type OpenOptions,
  type RrConfig,
  type RrHandle,
  type RrMode,
  type ScopeOptions,
  type VirtualClock,
} from './rr/index.ts'
export { canonicalJson, canonicalJsonBytes, checkIJson, parseJson } from './json/index.ts'
export { decodeDocument, encodeDocument, type DataDocument, type DataValue } from './data-model/index.ts'
export { appendSeal, checkSeal, type Seal, type SealCheck, type SealContent } from './seal/seal.ts'
export { isCi, makeFolder, oneLine } from './host/index.ts'
export { openVcr, type VcrDriver, type VcrOptions } from './vcr/open-vcr.ts'
export { partialEnding, partialName } from './vcr/partial-name.ts'
