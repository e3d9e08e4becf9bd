export { CodecError, type CodecErrorCode } from './codec-error.ts'
export {
  DriverError,
  driverErrors,
  type Delivery,
  type Driver,
  type DriverErrorCode,
  type Facts,
  type Outcome,
  type PublishResult,
  type WaitOptions,
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
export { decodeRecord, encodeRecord, type MessageRecord } from './record/index.ts'
