// The service of the README twice: at the broker of its recording, and then at another one.
import amqp from 'amqplib'

const text = process.env.GREETING ?? 'hello'

async function greet(broker) {
  const connection = await amqp.connect(`amqp://${broker}`)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('greetings', { autoDelete: true })
  for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`${text} ${name}`))
  await channel.waitForConfirms()
  for (let message; (message = await channel.get('greetings')); channel.ack(message)) {
    console.log(String(message.content))
  }
  await channel.close()
  await connection.close()
}

await greet('127.0.0.1:5672')
if (process.env.VCR_TEST_BROKER !== undefined) await greet(process.env.VCR_TEST_BROKER)
