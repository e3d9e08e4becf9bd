export { decodeFacts, encodeFacts } from './facts.ts'
export { decodeRecord, encodeRecord, writeRecord, type MessageRecord } from './record.ts'
export { endpointOf, messagingKind, wires, type WireNames } from './wire.ts'
