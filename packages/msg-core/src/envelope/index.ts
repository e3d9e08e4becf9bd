export { decodeEnvelope, encodeEnvelope } from './codec.ts'
export { extensionHeader } from './extension.ts'
export { readFrame, readHeaders, writeFrame, type EnvelopeFrame } from './frame.ts'
export type { Header, HeaderValue, Json, JsonObject, Message, TypedValue } from './message.ts'
