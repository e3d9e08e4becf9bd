/** The Kafka protocol as a pure codec of both directions: no client, no socket. */
export { apiKeys, apiName, apiOf, apis, findApi, isKnown } from './apis.ts'
export { decodeBody, encodeBody, unknownTags, type Direction, type Fields, type FieldValue } from './body.ts'
export { crc32c } from './crc32c.ts'
export { FrameSplitter } from './frames.ts'
export {
  correlationIdOf,
  decodeRequest,
  describeRequest,
  encodeRequest,
  encodeResponse,
  isFlexible,
  looksLikeRequest,
  maxFrameBytes,
  responseBody,
  type RequestFrame,
  type RequestHeader,
} from './headers.ts'
export { isLogAppendTime } from './message-set.ts'
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts'
export {
  checksumHolds,
  encodeBatch,
  isControl,
  isTransactional,
  readBatches,
  readRecords,
  type KafkaRecord,
  type RecordBatch,
  type RecordHeader,
} from './records.ts'
export type { ApiSchema, FieldSchema, FieldType, VersionRange } from './schema.ts'
