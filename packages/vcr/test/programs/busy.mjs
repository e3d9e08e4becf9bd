// The service of the README, which is at work between two timers, so that the longer one is due first; it prints what fired.
import { setTimeout as sleep } from 'node:timers/promises'
import amqp from 'amqplib'

const fired = []
const work = (ms) => {
  const until = performance.now() + ms
  while (performance.now() < until);
}
const connection = await amqp.connect(`amqp://${process.env.VCR_TEST_BROKER}`)
const channel = await connection.createConfirmChannel()
await channel.assertQueue('greetings', { autoDelete: true })
for (const ms of [40, 20]) {
  setTimeout(() => fired.push(ms), ms)
  work(30)
}
const interval = setInterval(() => fired.push('tick') && clearInterval(interval), 65)
work(60)
await sleep(10).then(() => fired.push('slept'))
await sleep(100)
// Of these two, which are late and fire in one pass, nothing comes between.
const together = (ms) => setTimeout(() => setImmediate(() => fired.push('then')) && fired.push(ms), ms)
together(25)
work(5)
together(10)
work(40)
await sleep(50)
console.log(fired.join(' '))
for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
await channel.waitForConfirms()
for (let message; (message = await channel.get('greetings')); channel.ack(message)) console.log(String(message.content))
await channel.close()
await connection.close()
