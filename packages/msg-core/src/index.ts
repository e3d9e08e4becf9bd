/** What a program uses: a driver that records or replays, messages, and what can go wrong. */
export { CodecError } from './format/codec-error.ts'
export {
  decodeEnvelope,
  encodeEnvelope,
  type Header,
  type HeaderValue,
  type Json,
  type JsonObject,
  type Message,
  type TypedValue,
} from './format/envelope/index.ts'
export { RrError } from './format/cassette/rr-error.ts'
export {
  DriverError,
  openMemory,
  type Delivery,
  type Driver,
  type DriverErrorCode,
  type MemoryOptions,
  type Metadata,
  type Outcome,
  type PublishResult,
  type Transaction,
  type WaitOptions,
} from './port/index.ts'
export {
  ReplayError,
  type Divergence,
  type FieldDifference,
  type ReplayErrorCode,
  type ReplayReport,
} from './playback/index.ts'
export { describeDivergence } from './port/replaying/index.ts'
export { openVcr, type VcrDriver, type VcrOptions } from './run/open-vcr.ts'
export { withVcr } from './run/with-vcr.ts'
