// Publishes each line of its standard input; a timer that nobody waits for would be early if time jumped meanwhile.
import { createInterface } from 'node:readline'
import amqp from 'amqplib'

const connection = await amqp.connect('amqp://127.0.0.1:5672')
const channel = await connection.createConfirmChannel()
const { queue } = await channel.assertQueue('vcr-lines', { exclusive: true })
setTimeout(() => console.log('a minute has gone by'), 60_000).unref()
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  channel.sendToQueue(queue, Buffer.from(line))
  await channel.waitForConfirms()
  console.log(`sent ${line}`)
}
await channel.close()
await connection.close()
