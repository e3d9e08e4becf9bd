import { DriverError } from '@x07-lab/msg-core'
import { readContract } from '@x07-lab/msg-core/json'
import { kafkaClientDocumentForm, type KafkaClientDocument } from './client-contract.generated.ts'
import { kafkaDefaults, type Acks, type KafkaOptions, type KafkaTopicSettings } from './options.ts'

/** What a client contract says, as options of `openKafka`: `openKafka({ profile, ...readKafkaClient(json) })`. */
export type KafkaClientOptions = Pick<
  KafkaOptions,
  'topics' | 'groupId' | 'topicSettings' | 'acks' | 'compression' | 'transactionalId' | 'isolation' | 'startAt'
>

const acksOf: Readonly<Record<'all' | 'leader' | 'none', Acks>> = { all: 'all', leader: 1, none: 0 }

/**
 * Reads a client document after JSON.parse (`vcr.kafka.client@0.1.0`, files `arch/vcr/NAME.kafka-client.json`).
 *
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold; unknown fields are refused
 */
export function readKafkaClient(json: unknown): KafkaClientOptions {
  const document = readContract(kafkaClientDocumentForm, json, refused)
  const { topics = [], topic_patterns: patterns = [], group_id: groupId, producer = {}, consumer = {} } = document
  if (topics.length + patterns.length === 0) throw refused('it names no topic, neither in topics nor in topic_patterns')
  const { acks, compression, transactional_id: transactionalId } = producer
  if (transactionalId !== undefined && acks !== undefined && acks !== 'all') {
    throw refused(`producer.acks is ${acks}, a transaction is confirmed by all in-sync replicas: it must be all`)
  }
  const startAt = startOf(consumer)
  return {
    topics: [...topics.map(({ name }) => name), ...patterns.map(patternOf)],
    groupId,
    topicSettings: settingsOf(topics),
    ...(acks && { acks: acksOf[acks] }),
    ...(compression && { compression }),
    ...(transactionalId && { transactionalId }),
    ...(consumer.isolation && { isolation: consumer.isolation }),
    ...(startAt && { startAt }),
  }
}

function settingsOf(topics: NonNullable<KafkaClientDocument['topics']>): Record<string, KafkaTopicSettings> {
  const settings = new Map<string, KafkaTopicSettings>()
  topics.forEach(({ name, replication_factor: replicationFactor, timestamp_ms: timestamp, ...topic }, at) => {
    const { partition, partitions = kafkaDefaults.partitions } = topic
    if (settings.has(name)) throw refused(`topics[${at}].name is ${JSON.stringify(name)}, which is there twice`)
    if (partition !== undefined && partition >= partitions) {
      throw refused(`topics[${at}].partition is ${partition}, it must be below its ${partitions} partitions`)
    }
    settings.set(name, {
      ...topic,
      ...(replicationFactor && { replicationFactor }),
      ...(timestamp && { timestamp }),
    })
  })
  return Object.fromEntries(settings)
}

function patternOf(pattern: string, at: number): RegExp {
  try {
    return new RegExp(pattern)
  } catch {
    throw refused(`topic_patterns[${at}] is ${JSON.stringify(pattern)}, which is not a regular expression`)
  }
}

function startOf({
  start_at: position,
  start_timestamp_ms: timestamp,
}: NonNullable<KafkaClientDocument['consumer']>): KafkaOptions['startAt'] {
  if ((position === 'timestamp') !== (timestamp !== undefined)) {
    throw refused('consumer: start_at timestamp and start_timestamp_ms belong together')
  }
  return position === 'timestamp' ? { timestamp: timestamp as number } : position
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read Kafka client: ${problem}`)
}
