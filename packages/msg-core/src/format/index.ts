/** The bytes: cassettes and their entries, envelopes, records, the seal, the data model, JSON; and what no schema says of a contract. */
export { amqpArgumentForms } from './amqp/arguments.ts'
export { directReplyTo, isBuiltInExchange, topologyProblems, type TopologyProblem } from './amqp/topology-problems.ts'
export {
  bytesAt,
  CASSETTE_FOLDER,
  decodeEntry,
  decodePlayed,
  encodeEntry,
  inspectCassette,
  NO_LIMITS,
  openGrowing,
  openWriter,
  reencodeEntry,
  RR_ERRORS,
  RrTrap,
  type CassettePart,
  type CassetteReader,
  type CassetteState,
  type CassetteWriter,
  type PlayedEntry,
  type Entry,
  type EntryFields,
  type FlushPolicy,
  type GrowingReader,
  type Lane,
  type Lanes,
  type ReaderOptions,
  type RrLimits,
  type UnusedLane,
  type WriterOptions,
} from './cassette/index.ts'
export type { CodecErrorCode } from './codec-error.ts'
export {
  changeText,
  contractChanges,
  readRecordedContracts,
  staleContracts,
  type ContractChange,
  type RecordedContracts,
} from './contracts.ts'
export { decodeDocument, encodeDocument, type DataDocument, type DataValue } from './data-model/index.ts'
export {
  extensionHeader,
  readFrame,
  readHeaders,
  shortAscii,
  writeFrame,
  type EnvelopeFrame,
} from './envelope/index.ts'
export { canonicalJson, canonicalJsonBytes, checkIJson, parseJson } from './json/index.ts'
export {
  decodeMetadata,
  decodeRecord,
  encodeRecord,
  endpointOf,
  messagingKind,
  outcomeOf,
  readIterationEnd,
  readUnsettledNote,
  wires,
  type MessageRecord,
  type WireNames,
} from './record/index.ts'
export { openReader } from './joined-reader.ts'
export { laterParts, partFileName, partOf, withoutLaterParts, type PartOfSeal } from './part.ts'
export { hasCassetteEnding, partialEnding, unfinished, unrecordable } from './partial-name.ts'
export { appendSeal, checkSeal, type SealCheck, type SealContent } from './seal.ts'
export { lastSeal, type Seal } from './seal-form.ts'
export { shardManifestEnding, shardManifestVersion, type ManifestShard, type ShardManifest } from './shard-manifest.ts'
