// A service of both brokers: takes what it published to a queue, and reads what it sent to a topic. Arguments: the port of
// RabbitMQ, that of Kafka, and a name of its own.
import { randomUUID } from 'node:crypto'
import amqp from 'amqplib'
import kafkajs from 'kafkajs'

const [, , amqpPort, kafkaPort, name = ''] = process.argv

const connection = await amqp.connect(`amqp://127.0.0.1:${amqpPort}`)
const channel = await connection.createConfirmChannel()
await channel.assertQueue(name, { autoDelete: true })
for (const n of [1, 2, 3]) channel.sendToQueue(name, Buffer.from(`order ${n}`), { messageId: randomUUID() })
await channel.waitForConfirms()
const taken = Promise.withResolvers<void>()
let left = 3
await channel.consume(name, (message) => {
  if (message === null) return
  console.log(message.content.toString())
  channel.ack(message)
  if (--left === 0) taken.resolve()
})
await taken.promise
await connection.close()

const kafka = new kafkajs.Kafka({ brokers: [`127.0.0.1:${kafkaPort}`], logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: name, numPartitions: 2 }] })
const producer = kafka.producer()
await producer.connect()
for (const partition of [0, 1]) {
  const messages = [{ partition, key: randomUUID(), value: `sent to ${partition}` }]
  await producer.send({ topic: name, messages, compression: kafkajs.CompressionTypes.GZIP })
}
await producer.disconnect()
const consumer = kafka.consumer({ groupId: name })
await consumer.connect()
await consumer.subscribe({ topics: [name], fromBeginning: true })
const read: string[] = []
const all = Promise.withResolvers<void>()
await consumer.run({
  eachMessage: ({ message, partition }) => {
    read.push(`${partition}/${message.offset} ${String(message.value)}`)
    if (read.length === 2) all.resolve()
    return Promise.resolve()
  },
})
await all.promise
await consumer.disconnect()
for (const line of read.toSorted()) console.log(line)
await admin.deleteGroups([name])
await admin.deleteTopics({ topics: [name] })
await admin.disconnect()
