export { decodeMetadata, encodeMetadata, encodeSettled, outcomeOf } from './metadata.ts'
export { decodeRecord, encodeRecord, scanRecord, writeRecord, type MessageRecord, type RecordPlaces } from './record.ts'
export { endpointOf, messagingKind, wires, type WireNames } from './wire.ts'
