import amqp from 'amqplib'

const connection = await amqp.connect('amqp://127.0.0.1:5672')
const channel = await connection.createConfirmChannel()
await channel.assertQueue('greetings', { autoDelete: true })
for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
await channel.waitForConfirms()
for (let message; (message = await channel.get('greetings')); channel.ack(message)) console.log(String(message.content))
await channel.close()
await connection.close()
