export { decodeMetadata, encodeMetadata, encodeSettled, outcomeOf } from './metadata.ts'
export {
  decodeRecord,
  encodeRecord,
  recordHeadBytes,
  scanRecord,
  writeRecord,
  type MessageRecord,
  type RecordPlaces,
} from './record.ts'
export { readIterationEnd, readUnsettledNote, type IterationEnd, type UnsettledNote } from './acts.ts'
export { endpointOf, laneKey, messagingKind, wires, type WireNames } from './wire.ts'
