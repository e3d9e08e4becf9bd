// A parent that says nothing to a broker and ends its child with a signal, once that has done its work; EARLY=1: before it has; SIGNAL: with
// another one.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import amqp from 'amqplib'

if (process.send === undefined) {
  const child = fork(import.meta.filename)
  const ended = once(child, 'exit')
  await new Promise((resolve) =>
    child.on('message', (what) => what === (process.env.EARLY ? 'up' : 'idle') && resolve()),
  )
  // A child that has ended by then has heard its signal from somebody else.
  if (!process.env.EARLY) await sleep(1_000)
  const sent = child.kill(process.env.SIGNAL ?? 'SIGTERM')
  // Only when the child can print no more: both print to the same pipe.
  console.log('ended', ...(await ended), 'sent', sent)
} else {
  const terminated = once(process, 'SIGTERM')
  process.send('up')
  const connection = await amqp.connect(`amqp://${process.env.VCR_TEST_BROKER ?? '127.0.0.1:5672'}`)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('greetings', { autoDelete: true })
  for (const name of ['Ada', 'Grace']) channel.sendToQueue('greetings', Buffer.from(`hello ${name}`))
  await channel.waitForConfirms()
  process.send('idle')
  await terminated
  for (let message; (message = await channel.get('greetings')); channel.ack(message))
    console.log(String(message.content))
  await channel.close()
  await connection.close()
  process.disconnect()
}
