// The service of the README, which also says when it does what.
import amqp from 'amqplib'

console.log(Date.now())
const connection = await amqp.connect(`amqp://${process.env.VCR_TEST_BROKER}`)
const channel = await connection.createConfirmChannel()
await channel.assertQueue('greetings', { autoDelete: true })
for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
await channel.waitForConfirms()
for (let message; (message = await channel.get('greetings')); channel.ack(message)) {
  console.log(`${new Date().toISOString()} ${String(message.content)}`)
}
await channel.close()
await connection.close()
console.log(new Date() instanceof Date, Date())
