// Starts two processes and two threads at the same time; each says its own name on a connection of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import amqp from 'amqplib'

async function speak(name) {
  const connection = await amqp.connect('amqp://127.0.0.1:5672')
  const channel = await connection.createChannel()
  await channel.assertQueue(`vcr-child-${name}`, { exclusive: true })
  await channel.close()
  await connection.close()
  return `${name} spoke`
}

if (!isMainThread) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origins
  parentPort.postMessage(await speak(workerData))
} else if (process.send !== undefined) {
  process.send(await speak(process.argv[2]))
  process.disconnect()
} else {
  const processes = ['one', 'two'].map((name) =>
    fork(import.meta.filename, [name], { env: { PATH: process.env.PATH } }),
  )
  const threads = ['three', 'four'].map((name) => new Worker(import.meta.filename, { workerData: name }))
  const said = await Promise.all([...processes, ...threads].map((child) => once(child, 'message')))
  console.log(said.map(([text]) => text).join('\n'))
}
