// A program that knows nothing of a recorder: produces in batches, consumes in a group, and says where it starts and where it
// has come to its end.
import { Kafka, logLevel } from 'kafkajs'

const [, , topic = '', count = ''] = process.argv
const messages = Number(count)
const batch = 1_000
const partitions = 3

const kafka = new Kafka({ clientId: 'bench', brokers: ['127.0.0.1:9092'], logLevel: logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true })
const producer = kafka.producer({ createPartitioner: () => (record) => record.message.partition ?? 0 })
await producer.connect()
const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 250 })
await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
const value = 'abcdefghij '.repeat(18)
process.stdout.write('start\n')
for (let sent = 0; sent < messages; sent += batch) {
  const partition = (sent / batch) % partitions
  const made = Array.from({ length: batch }, (_, n) => ({ partition, key: `customer-${n % 64}`, value }))
  await producer.send({ topic, messages: made })
}
const { promise: all, resolve } = Promise.withResolvers<void>()
let got = 0
await consumer.run({
  eachBatch: ({ batch: { messages: part } }) => {
    got += part.length
    if (got >= messages) resolve()
    return Promise.resolve()
  },
})
await all
process.stdout.write('end\n')
await consumer.disconnect()
await producer.disconnect()
await admin.deleteTopics({ topics: [topic] })
await admin.disconnect()
