import { ProtocolError } from './protocol-error.ts'
import { parseSchemas, type ApiSchema } from './schema.ts'
import { accessMessages } from './schemas/access.ts'
import { groupsMessages } from './schemas/groups.ts'
import { recordsMessages } from './schemas/records.ts'
import { sessionMessages } from './schemas/session.ts'
import { topicsMessages } from './schemas/topics.ts'
import { transactionsMessages } from './schemas/transactions.ts'

let known: ReadonlyMap<number, ApiSchema> | undefined

/** Every API that a client calls, by its key. Brokers' calls among themselves are not in it. */
export function apis(): ReadonlyMap<number, ApiSchema> {
  known ??= new Map(
    [recordsMessages, sessionMessages, groupsMessages, transactionsMessages, topicsMessages, accessMessages]
      .flatMap(parseSchemas)
      .map((api) => [api.key, api]),
  )
  return known
}

/** The API of a key, or undefined for one that is not in the tables. */
export function findApi(key: number): ApiSchema | undefined {
  return apis().get(key)
}

/** @throws ProtocolError `unsupported` for a key or a version that is not in the tables */
export function apiOf(key: number, version: number): ApiSchema {
  const api = findApi(key)
  if (api === undefined) throw new ProtocolError('unsupported', `API key ${key} is not known`)
  if (version < api.minVersion || version > api.maxVersion) {
    throw new ProtocolError(
      'unsupported',
      `version ${version} of ${api.name} is not known, only ${api.minVersion} to ${api.maxVersion}`,
    )
  }
  return api
}

/** Whether a request of this API and version can be read. */
export function isKnown(key: number, version: number): boolean {
  const api = findApi(key)
  return api !== undefined && version >= api.minVersion && version <= api.maxVersion
}

/** What an API is called in messages, keys and reports. */
export function apiName(key: number): string {
  return findApi(key)?.name ?? `Api${key}`
}

/** Keys of the APIs that something here treats by its meaning. */
export const apiKeys = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  SaslHandshake: 17,
  ApiVersions: 18,
  CreateTopics: 19,
  DeleteTopics: 20,
  InitProducerId: 22,
  OffsetForLeaderEpoch: 23,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
  SaslAuthenticate: 36,
  CreatePartitions: 37,
  DescribeCluster: 60,
  ConsumerGroupHeartbeat: 68,
  GetTelemetrySubscriptions: 71,
  PushTelemetry: 72,
  DescribeTopicPartitions: 75,
} as const
