import { apiKeys, apiName, type Fields } from '../protocol/index.ts'
import type { TopicNames } from './topic-names.ts'

/**
 * What a request is to a recording.
 *
 * - `session`: asked whenever a client wants to know; each answer is kept, and the last one is given again;
 * - `polling`: asked all the time; only answers that say something are kept;
 * - `commit`: how often depends on time; what counts is the last position;
 * - `asserted`: an act of the program: it has to come again.
 */
export type RequestClass = 'session' | 'polling' | 'commit' | 'asserted'

const classes = new Map<number, RequestClass>([
  [apiKeys.ApiVersions, 'session'],
  [apiKeys.Metadata, 'session'],
  [apiKeys.FindCoordinator, 'session'],
  [apiKeys.SaslHandshake, 'session'],
  [apiKeys.SaslAuthenticate, 'session'],
  [apiKeys.ListOffsets, 'session'],
  [apiKeys.OffsetFetch, 'session'],
  [apiKeys.OffsetForLeaderEpoch, 'session'],
  [apiKeys.DescribeCluster, 'session'],
  [apiKeys.DescribeTopicPartitions, 'session'],
  [apiKeys.GetTelemetrySubscriptions, 'session'],
  [apiKeys.PushTelemetry, 'session'],
  [apiKeys.Fetch, 'polling'],
  [apiKeys.Heartbeat, 'polling'],
  [apiKeys.OffsetCommit, 'commit'],
])

export function classOf(apiKey: number): RequestClass {
  return classes.get(apiKey) ?? 'asserted'
}

const sessionApis = new Set([...classes].filter(([, one]) => one === 'session').map(([apiKey]) => apiName(apiKey)))

/** Whether this is the key of a session call. */
export function isSessionKey(key: string): boolean {
  return sessionApis.has(key.split('/', 1)[0]!)
}

/** Longest text of a key that is written out; a longer one is cut. */
const longestKey = 200

/**
 * The key of a request: its API and what it is about. Asserted calls of one key are one lane; session calls of one key ask the
 * same.
 */
export function keyOf(apiKey: number, fields: Fields, names: TopicNames): string {
  const about = aboutOf(apiKey, fields, names)
  const name = apiName(apiKey)
  return about === '' ? name : `${name}/${about.length > longestKey ? `${about.slice(0, longestKey)}…` : about}`
}

interface TopicPartition {
  partition?: number
  partitionIndex?: number
  timestamp?: bigint
  leaderEpoch?: number
}

interface Topics {
  name?: string
  topicId?: string
  partitions?: TopicPartition[]
  partitionIndexes?: number[]
}

function aboutOf(apiKey: number, fields: Fields, names: TopicNames): string {
  // A version that is not in the tables: its bytes say what it is about.
  if (Object.keys(fields).length === 0) return ''
  switch (apiKey) {
    case apiKeys.Produce:
      return text(fields['transactionalId']) || list((fields['topicData'] as Topics[]).map((topic) => names.of(topic)))
    case apiKeys.Metadata:
      return fields['topics'] === null || (fields['topics'] as Topics[]).length === 0
        ? '*'
        : list((fields['topics'] as Topics[]).map((topic) => names.of(topic)))
    case apiKeys.FindCoordinator: {
      const kind = fields['keyType'] === 1 ? 'transaction' : 'group'
      return `${kind}:${list((fields['coordinatorKeys'] as string[] | undefined) ?? [text(fields['key'])])}`
    }
    case apiKeys.SaslHandshake:
      return text(fields['mechanism'])
    case apiKeys.ListOffsets:
      return partitions(fields['topics'] as Topics[], names, (one) => `@${one.timestamp}`)
    case apiKeys.OffsetForLeaderEpoch:
      return partitions(fields['topics'] as Topics[], names, (one) => `@${one.leaderEpoch}`)
    case apiKeys.OffsetFetch: {
      const groups = (fields['groups'] as { groupId: string; topics: Topics[] | null }[] | undefined) ?? [
        { groupId: text(fields['groupId']), topics: fields['topics'] as Topics[] | null },
      ]
      return groups.map(({ groupId, topics }) => `${groupId}:${partitions(topics ?? [], names)}`).join(';')
    }
    default:
      return text(fields['groupId']) || text(fields['transactionalId'] ?? fields['v3AndBelowTransactionalId'])
  }
}

function partitions(topics: Topics[], names: TopicNames, more: (one: TopicPartition) => string = () => ''): string {
  return list(
    topics.flatMap((topic) => {
      const name = names.of(topic)
      const listed =
        topic.partitions ?? (topic.partitionIndexes ?? []).map((partitionIndex): TopicPartition => ({ partitionIndex }))
      return listed.map((one) => `${name}/${one.partition ?? one.partitionIndex}${more(one)}`)
    }),
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Sorted: clients shuffle what they ask for. */
function list(names: readonly string[]): string {
  return names.toSorted().join(',')
}
