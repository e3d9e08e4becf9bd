// A service that knows nothing of a recorder: sends three orders with random ids in compressed batches, and reads them in a group.
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import kafkajs from 'kafkajs'

const { CompressionTypes, Kafka, logLevel } = kafkajs

/** @param change what this run does otherwise; none by default */
export async function kafkaOrders(print: (line: string) => void, change = ''): Promise<void> {
  const topic = change === 'topic' ? 'vcr-kafka-elsewhere' : 'vcr-kafka-orders'
  const kafka = new Kafka({
    clientId: 'orders',
    brokers: [process.env['VCR_TEST_BROKER'] ?? '127.0.0.1:9092'],
    logLevel: logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 20 },
  })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  for (const n of change === 'fewer' ? [1, 2] : change === 'more' ? [1, 2, 3, 4] : [1, 2, 3]) {
    const value = JSON.stringify({ order: n === 2 && change === 'value' ? 20 : n, id: randomUUID() })
    const headers = { kind: n === 2 && change === 'header' ? 'other' : 'order', traceparent: randomUUID() }
    const key = n === 2 && change === 'key' ? 'k20' : `k${n}`
    if (change === 'await') await new Promise((resume) => setTimeout(resume, 20))
    const compression = change === 'compression' ? CompressionTypes.None : CompressionTypes.GZIP
    const acks = n === 2 && change === 'acks' ? 1 : -1
    await producer.send({ topic, acks, compression, messages: [{ key, value, headers }] })
  }
  await producer.disconnect()
  const groupId = change === 'group' ? 'vcr-kafka-others' : 'vcr-kafka-readers'
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200, readUncommitted: change === 'isolation' })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: change !== 'from-end' })
  const { promise: all, resolve } = Promise.withResolvers<void>()
  let left = 3
  await consumer.run({
    autoCommit: change !== 'no-commit',
    eachMessage: ({ message }) => {
      const { order } = JSON.parse(String(message.value)) as { order: number }
      print(`got order ${order} ${String(message.headers?.['kind'])}`)
      if (--left === 0) resolve()
      return Promise.resolve()
    },
  })
  await all
  await consumer.disconnect()
  print('closed')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await kafkaOrders((line) => process.stdout.write(`${line}\n`), process.argv[2])
