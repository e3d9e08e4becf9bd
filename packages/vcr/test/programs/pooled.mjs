// The service of the README, whose messages are made by a thread of a pool: it is unreferenced, the port on which it answers is not.
import { once } from 'node:events'
import { MessageChannel, Worker, isMainThread, workerData } from 'node:worker_threads'
import amqp from 'amqplib'

if (isMainThread) {
  const connection = await amqp.connect(`amqp://${process.env.VCR_TEST_BROKER}`)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('greetings', { autoDelete: true })
  const { port1, port2 } = new MessageChannel()
  const worker = new Worker(import.meta.filename, { workerData: port2, transferList: [port2] })
  worker.unref()
  for (const name of ['Ada', 'Grace']) {
    port1.ref()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
    port1.postMessage(name)
    const [data] = await once(port1, 'message')
    port1.unref()
    channel.sendToQueue('greetings', Buffer.from(data))
  }
  await channel.waitForConfirms()
  for (let message; (message = await channel.get('greetings')); channel.ack(message))
    console.log(String(message.content))
  await channel.close()
  await connection.close()
  await worker.terminate()
} else {
  workerData.on('message', (name) => {
    // Work that takes longer than time needs to jump.
    const until = performance.now() + 300
    while (performance.now() < until);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- as above
    workerData.postMessage(`hello ${name}`)
  })
}
