// The service of the README at the brokers that it is told, which then waits to be stopped; with EARLY in the midst of the last.
import amqp from 'amqplib'

const brokers = process.argv.slice(2)
for (const broker of brokers) {
  const connection = await amqp.connect(`amqp://${broker}`)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('greetings', { autoDelete: true })
  if (process.env.EARLY === '1' && broker === brokers.at(-1)) break
  for (const name of ['Ada', 'Grace'])
    channel.sendToQueue('greetings', Buffer.from(`${process.env.GREETING ?? 'hello'} ${name}`))
  await channel.waitForConfirms()
  for (let message; (message = await channel.get('greetings')); channel.ack(message))
    console.log(String(message.content))
  await channel.close()
  await connection.close()
}
setInterval(() => undefined, 0x7fff_ffff)
setTimeout(() => console.error('waits'), 200)
