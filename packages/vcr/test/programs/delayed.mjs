// A message that the broker holds back for 400 ms, between timers of the program: prints what came when.
import amqp from 'amqplib'

const connection = await amqp.connect('amqp://127.0.0.1:5672')
const channel = await connection.createConfirmChannel()
const { queue: target } = await channel.assertQueue('vcr-delayed', { exclusive: true })
const { queue: waiting } = await channel.assertQueue('vcr-delayed-waiting', {
  exclusive: true,
  deadLetterExchange: '',
  deadLetterRoutingKey: target,
})
const seen = []
const { promise: came, resolve } = Promise.withResolvers()
await channel.consume(target, () => resolve(seen.push('message')), { noAck: true })
channel.sendToQueue(waiting, Buffer.from('later'), { expiration: '400' })
await channel.waitForConfirms()
for (const ms of [100, 200, 700]) setTimeout(() => seen.push(ms), ms)
const interval = setInterval(() => seen.push('tick'), 150)
await came
clearInterval(interval)
await new Promise((resume) => setTimeout(resume, 500))
console.log(seen.join(' '))
await channel.close()
await connection.close()
