import { DriverError } from '@x07-lab/msg-core'
import type { Producer, RecordMetadata, TopicMessages } from 'kafkajs'
import { backoff } from '../backoff.ts'
import { compressionTypes } from '../client/codecs.ts'
import { failed, gaveUp } from '../failed.ts'
import { classify, whenConnected, type Failure } from '../failure.ts'
import type { Settings } from '../options.ts'
import { pause } from '@x07-lab/msg-core/kit'
import { forKafkajs, MessageList } from './message-list.ts'
import type { PendingPublish } from './outbox.ts'

/** The producer as the sender needs it: kafkajs's, connected, with the ways to begin anew. */
export interface ProducerLink {
  /** The current producer, connected on first use. */
  get(): Promise<Pick<Producer, 'sendBatch'>>
  /** Dials anew and keeps the producer id: a request sent again is still recognised by the broker. */
  reconnect(reason: string): Promise<void>
  /** Starts as a new producer. */
  renew(reason: string): Promise<void>
}

type SenderSettings = Pick<
  Settings,
  | 'endpoint'
  | 'acks'
  | 'compression'
  | 'giveUpAfterMs'
  | 'notFoundAfterMs'
  | 'firstDelayMs'
  | 'maxDelayMs'
  | 'now'
  | 'random'
  | 'log'
>

/**
 * Sends messages in one request, and again until they are answered or retries are used up. The same request is sent again
 * before anything else, so that the order within a partition holds. Settles every message; never throws.
 */
export function createSender(
  settings: SenderSettings,
  link: ProducerLink,
): (pending: readonly PendingPublish[]) => Promise<void> {
  const { endpoint, log, giveUpAfterMs, notFoundAfterMs } = settings
  const compression = compressionTypes[settings.compression]
  const acks = settings.acks === 'all' ? -1 : settings.acks

  return async function send(pending) {
    const tries = backoff(settings)
    let waiting = pending
    while (waiting.length > 0) {
      try {
        const producer = await link.get()
        const answers = await producer.sendBatch({ acks, compression, topicMessages: byTopic(waiting) })
        // kafkajs may forget the messages of one partition when its leader moves to a broker that has already answered, and
        // those for a partition that is not there.
        const left = acks === 0 ? settleUnanswered(waiting) : settle(waiting, answers)
        if (left.length === 0) return
        if (left.length < waiting.length) tries.succeeded()
        waiting = left
        throw new DriverError('connection_lost', 'the broker answered for some of the partitions only')
      } catch (error) {
        const failure = missingPartition(waiting) ?? whenConnected(classify(error))
        // A producer begun anew could not tell what is under way to other brokers from what it sends again.
        if (failure.remedy === 'renew' || isOneMessagesFault(failure)) {
          for (const { message } of waiting) await message.underWay
        }
        const unanswered = settle(waiting, answersOf(waiting))
        if (unanswered.length === 0) return
        if (unanswered.length < waiting.length) tries.succeeded()
        waiting = unanswered
        if (isOneMessagesFault(failure) && waiting.length > 1) {
          // Smaller requests find the message that is at fault; with other sequence numbers, since they are other requests.
          await attempt(() => link.renew(failure.reason))
          const half = Math.ceil(waiting.length / 2)
          await send(waiting.slice(0, half))
          return send(waiting.slice(half))
        }
        const delay = tries.next()
        const patience = failure.code === 'not_found' ? Math.min(notFoundAfterMs, giveUpAfterMs) : giveUpAfterMs
        if (isFinal(failure) || delay === undefined || tries.failingFor() >= patience) {
          const topics = Map.groupBy(waiting, ({ topic }) => topic)
          if (failure.code === 'not_found' && topics.size > 1) {
            // One topic that is missing does not take the messages of the others with it.
            for (const ofTopic of topics.values()) await send(ofTopic)
            return
          }
          rejectAll(waiting, failure, error, tries.failingFor())
          // The broker may have the messages: their sequence numbers must not be given to others.
          return attempt(() => link.renew('a request was given up'))
        }
        log?.(tries.isFirst() ? 'warn' : 'debug', `publish to ${endpoint}: ${failure.reason}; trying again`, {
          type: failure.type,
        })
        await pause(delay)
        if (failure.remedy === 'reconnect') await attempt(() => link.reconnect(failure.reason))
        if (failure.remedy === 'renew') await attempt(() => link.renew(failure.reason))
      }
    }
  }

  /** What a link cannot do now, the next try will find out. */
  async function attempt(mend: () => Promise<void>): Promise<void> {
    try {
      await mend()
    } catch (error) {
      log?.('debug', `publish to ${endpoint}: could not reconnect`, { reason: classify(error).reason })
    }
  }

  function rejectAll(pending: readonly PendingPublish[], failure: Failure, cause: unknown, failingForMs: number): void {
    if (failure.remedy === 'refuse') {
      for (const publish of pending) publish.resolve({ status: 'refused', reason: failure.type })
      return
    }
    const topic = failure.code === 'not_found' ? ` (topic ${pending[0]?.topic})` : ''
    const what = `publish to ${endpoint}${topic}`
    const error = isFinal(failure) ? failed(what, failure, cause) : gaveUp(what, failure, cause, failingForMs)
    for (const publish of pending) publish.reject(error)
  }
}

/** The failure of messages for partitions that their topic does not have, as far as is known: fresh metadata may know them. */
function missingPartition(pending: readonly PendingPublish[]): Failure | undefined {
  const one = pending.find(({ message }) => message.partitionCount !== undefined)
  if (one === undefined) return undefined
  const { partition, partitionCount } = one.message
  const reason = `there is no partition ${partition}, the topic has ${partitionCount}`
  return { code: 'not_found', remedy: 'renew', reason, type: 'UNKNOWN_TOPIC_OR_PARTITION' }
}

/** Confirms what was sent without waiting for an answer; gives back what could not be. */
function settleUnanswered(pending: readonly PendingPublish[]): PendingPublish[] {
  return pending.filter((publish) => {
    const { partition = 0, partitionCount } = publish.message
    if (partitionCount !== undefined) return true
    publish.resolve({ status: 'confirmed', answer: { offset: null, partition } })
    return false
  })
}

/** Whether the broker may take the rest of a request without one of its messages. */
function isOneMessagesFault({ remedy, code }: Failure): boolean {
  return remedy === 'split' || (remedy === 'refuse' && code === 'precondition_failed')
}

function isFinal(failure: Failure): boolean {
  return failure.remedy === 'fail' || isOneMessagesFault(failure)
}

/** One entry a topic, since kafkajs copies what comes in several. */
function byTopic(pending: readonly PendingPublish[]): TopicMessages[] {
  const messages = new Map<string, MessageList>()
  for (const { topic, message } of pending) {
    const list = messages.get(topic)
    if (list === undefined) messages.set(topic, MessageList.of(message) as MessageList)
    else list.push(message)
  }
  return Array.from(messages, ([topic, list]) => ({ topic, messages: forKafkajs(list) }))
}

type Answer = Pick<RecordMetadata, 'topicName' | 'partition' | 'baseOffset'>

/** What brokers have answered of a request that failed at another one. */
function answersOf(pending: readonly PendingPublish[]): Answer[] {
  return pending.flatMap(({ topic, message: { partition = 0, answered } }) =>
    answered === undefined ? [] : [{ topicName: topic, partition, baseOffset: answered }],
  )
}

/** Confirms every publish whose partition was answered; gives back the others, in their order. */
function settle(pending: readonly PendingPublish[], answers: readonly Answer[]): PendingPublish[] {
  const next = new Map<string, Map<number, bigint | null>>()
  for (const { topicName, partition, baseOffset = '-1' } of answers) {
    const ofTopic = next.get(topicName) ?? new Map<number, bigint | null>()
    next.set(topicName, ofTopic)
    // A broker that recognises a request it has long had may not know the offset any more.
    ofTopic.set(partition, baseOffset === '-1' ? null : BigInt(baseOffset))
  }
  return pending.filter((publish) => {
    const partition = publish.message.partition ?? 0
    const ofTopic = next.get(publish.topic)
    const offset = ofTopic?.get(partition)
    if (offset === undefined) return true
    if (offset !== null) ofTopic?.set(partition, offset + 1n)
    publish.resolve({ status: 'confirmed', answer: { offset: offset === null ? null : String(offset), partition } })
    return false
  })
}
