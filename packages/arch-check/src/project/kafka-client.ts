import { type Document, positionIn } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'

/** A `*.kafka-client.json` that its schema accepts, as far as it is looked at here. */
interface KafkaClient {
  readonly topics?: readonly { readonly name: string; readonly partitions?: number; readonly partition?: number }[]
  readonly topic_patterns?: readonly string[]
  readonly producer?: { readonly acks?: string; readonly transactional_id?: string }
  readonly consumer?: { readonly start_at?: string; readonly start_timestamp_ms?: number }
}

/** Partitions of a topic that the driver creates where the contract does not say. */
const DEFAULT_PARTITIONS = 3

/** What no schema says of a Kafka client; `readKafkaClient` of msg-kafka refuses the same. */
export function checkKafkaClient(document: Document): readonly Finding[] {
  const { topics = [], topic_patterns: patterns = [], producer = {}, consumer = {} } = document.value as KafkaClient
  const findings: Finding[] = []
  const refuse = (pointer: string, problem: string): void => {
    const message = `check ${document.file}: ${problem}`
    findings.push(ownFinding('E_ARCH_VCR_KAFKA_CLIENT', message, positionIn(document, pointer)))
  }
  if (topics.length + patterns.length === 0) refuse('', 'it names no topic, neither in topics nor in topic_patterns')
  const names = new Set<string>()
  topics.forEach(({ name, partition, partitions = DEFAULT_PARTITIONS }, at) => {
    if (names.has(name)) refuse(`/topics/${at}/name`, `topic ${name} is there twice`)
    names.add(name)
    if (partition !== undefined && partition >= partitions) {
      refuse(`/topics/${at}/partition`, `partition ${partition} of ${name} must be below its ${partitions} partitions`)
    }
  })
  patterns.forEach((pattern, at) => {
    if (isRegExp(pattern)) return
    refuse(`/topic_patterns/${at}`, `${JSON.stringify(pattern)} is not a regular expression of JavaScript`)
  })
  if (producer.transactional_id !== undefined && (producer.acks ?? 'all') !== 'all') {
    refuse('/producer/acks', `a transaction is confirmed by all in-sync replicas: acks must be all`)
  }
  if ((consumer.start_at === 'timestamp') !== (consumer.start_timestamp_ms !== undefined)) {
    refuse('/consumer', 'start_at timestamp and start_timestamp_ms belong together')
  }
  return findings
}

function isRegExp(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp
  } catch {
    return false
  }
}
