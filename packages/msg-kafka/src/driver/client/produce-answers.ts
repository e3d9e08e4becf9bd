import { createRequire } from 'node:module'
import { DriverError } from '@x07-lab/msg-core'
import { PartitionList } from '../producer/message-list.ts'
import type { WireMessage } from '../wire/encode.ts'

interface Broker {
  produce: (this: Broker, request: ProduceRequest) => Promise<ProduceAnswer | undefined>
}

interface ProduceRequest {
  readonly topicData: readonly {
    readonly topic: string
    partitions: readonly { readonly partition: number; readonly messages: readonly WireMessage[] }[]
  }[]
}

/** Undefined where none was asked for. */
interface ProduceAnswer {
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly errorCode: number
      readonly baseOffset?: string
    }[]
  }[]
}

interface ProduceResponse {
  parse: (answer: ProduceAnswer) => Promise<ProduceAnswer>
}

/** The versions of Produce that kafkajs 2.2.4 speaks. */
const versions = [0, 1, 2, 3, 4, 5, 6, 7]
const require = createRequire(import.meta.url)

/**
 * Notes at the messages what brokers have answered. Of a request to several partitions kafkajs tells only that one of them has failed,
 * and everything is sent again: what is written is written twice, by a producer begun anew or, where another broker failed, with the
 * next sequence numbers. What is noted is not sent again.
 *
 * @returns the way to undo it
 */
export function repairProduce(): () => void {
  const broker = (require('kafkajs/src/broker/index.js') as { prototype: Broker }).prototype
  const { produce } = broker
  const answers = new WeakMap<object, ProduceAnswer>()
  const undo = versions.map((version) => keepAnswers(version, answers))

  broker.produce = async function (this: Broker, request): Promise<ProduceAnswer | undefined> {
    const own = firstMessages(request)
    if (own.some(({ answered }) => answered !== undefined)) {
      throw new DriverError('connection_lost', 'the broker has answered for some of the partitions before')
    }
    const answering = produce.call(this, request)
    const underWay = answering.then(
      () => undefined,
      () => undefined,
    )
    for (const first of own) first.underWay = underWay
    try {
      const answer = await answering
      note(request, answer)
      return answer
    } catch (error) {
      const answer = typeof error === 'object' && error !== null ? answers.get(error) : undefined
      if (own.length > 0) takeWritten(request, note(request, answer))
      throw error
    }
  }
  return () => {
    broker.produce = produce
    for (const one of undo) one()
  }
}

/** Keeps the answer that kafkajs throws away with an error for one of its partitions. */
function keepAnswers(version: number, answers: WeakMap<object, ProduceAnswer>): () => void {
  const response = require(`kafkajs/src/protocol/requests/produce/v${version}/response.js`) as ProduceResponse
  const { parse } = response
  response.parse = async (answer) => {
    try {
      return await parse(answer)
    } catch (error) {
      if (typeof error === 'object' && error !== null) answers.set(error, answer)
      throw error
    }
  }
  return () => {
    response.parse = parse
  }
}

/** The first message of each batch of a driver; those of other users of kafkajs are in other lists. */
function firstMessages({ topicData }: ProduceRequest): WireMessage[] {
  return topicData.flatMap(({ partitions }) =>
    partitions.flatMap(({ messages }) => (messages instanceof PartitionList ? messages.slice(0, 1) : [])),
  )
}

/** Writes offsets down. @returns the first messages of the batches that are written */
function note({ topicData }: ProduceRequest, answer: ProduceAnswer | undefined): ReadonlySet<WireMessage> {
  const written = new Set<WireMessage>()
  for (const { topic, partitions } of topicData) {
    const ofTopic = answer?.topics.find(({ topicName }) => topicName === topic)
    for (const { partition, messages } of partitions) {
      const found = ofTopic?.partitions.find((one) => one.partition === partition)
      const [first] = messages
      if (!(messages instanceof PartitionList) || first === undefined || found?.errorCode !== 0) continue
      first.answered = found.baseOffset ?? '-1'
      written.add(first)
    }
  }
  return written
}

/** Of a request that fails, kafkajs gives back the sequence numbers: those of what is written are not free. */
function takeWritten({ topicData }: ProduceRequest, written: ReadonlySet<WireMessage>): void {
  for (const ofTopic of topicData) {
    ofTopic.partitions = ofTopic.partitions.filter(
      ({ messages: [first] }) => first === undefined || !written.has(first),
    )
  }
}
