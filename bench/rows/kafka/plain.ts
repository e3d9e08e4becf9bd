import { Kafka, logLevel, type Consumer, type Message, type Producer } from 'kafkajs'
import { seededEvent } from 'lab/src/events/seeded.ts'
import { seededNumbers } from 'lab/src/events/random.ts'
import { metered } from '../../measure/metered.ts'
import { Processing } from '../../work/processing.ts'
import type { LiveRun, Load } from '../../work/recording.ts'

/** As the lab's driver has them. */
const settings = {
  partitions: 3,
  batch: 1_000,
  sessionTimeout: 10_000,
  heartbeatInterval: 2_000,
  maxWaitTimeInMs: 250,
  maxBytesPerPartition: 1_048_576,
  commitEvery: 1_000,
  commitWithinMs: 500,
} as const

/** Produces idempotently with acks of all replicas and consumes in a group, with kafkajs and nothing else. */
export async function plainKafka(run: string, load: Load): Promise<LiveRun> {
  const kafka = new Kafka({ clientId: 'bench', brokers: ['127.0.0.1:9092'], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false })
  const consumer = kafka.consumer({
    groupId: `lab.${run}`,
    sessionTimeout: settings.sessionTimeout,
    heartbeatInterval: settings.heartbeatInterval,
    maxWaitTimeInMs: settings.maxWaitTimeInMs,
    maxBytesPerPartition: settings.maxBytesPerPartition,
    allowAutoTopicCreation: false,
  })
  const topic = `lab.events.${run}`
  await admin.connect()
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: settings.partitions }], waitForLeaders: true })
    const processing = new Processing()
    const cost = await metered(load.messages, () =>
      Promise.all([publishAll(producer, topic, load), consumeAll(consumer, topic, load, processing)]),
    )
    await Promise.all([producer.disconnect(), consumer.disconnect()])
    await admin.deleteTopics({ topics: [topic] })
    await admin.deleteGroups([`lab.${run}`])
    return { ...cost, chainOf: (key) => processing.chainOf(key) }
  } finally {
    await Promise.all([producer.disconnect(), consumer.disconnect(), admin.disconnect()])
  }
}

async function publishAll(producer: Producer, topic: string, { messages, seed }: Load): Promise<void> {
  await producer.connect()
  const random = seededNumbers(seed)
  for (let sent = 0; sent < messages;) {
    const batch: Message[] = []
    while (batch.length < settings.batch && sent < messages) {
      const { n, key, payload } = seededEvent(sent++, random)
      const headers = { 'content-type': 'application/json', 'message-id': String(n) }
      batch.push({ key, value: payload, headers })
    }
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages: batch }] })
  }
}

async function consumeAll(
  consumer: Consumer,
  topic: string,
  { messages }: Load,
  processing: Processing,
): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await new Promise<void>((done, fail) => {
    consumer
      .run({
        autoCommitInterval: settings.commitWithinMs,
        autoCommitThreshold: settings.commitEvery,
        eachBatch: async ({ batch }) => {
          for (const { key, value } of batch.messages) {
            if (key !== null && value !== null) processing.add(key, value)
          }
          if (processing.count === messages) done()
        },
      })
      .catch(fail)
  })
}
