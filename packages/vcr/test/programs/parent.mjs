// The service of the README, which waits for a child that takes longer than a stalled program is given.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import amqp from 'amqplib'

const connection = await amqp.connect('amqp://127.0.0.1:5672')
const channel = await connection.createConfirmChannel()
await channel.assertQueue('greetings', { autoDelete: true })
await once(spawn('sleep', ['4'], { stdio: 'inherit' }), 'exit')
for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
await channel.waitForConfirms()
for (let message; (message = await channel.get('greetings')); channel.ack(message)) console.log(String(message.content))
await channel.close()
await connection.close()
