// A service that knows nothing of a recorder: publishes three orders with random ids, and acknowledges what comes back.
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import amqp from 'amqplib'

/** @param change what this run does otherwise; none by default */
export async function orders(print: (line: string) => void, change = ''): Promise<void> {
  const queue = 'vcr-orders'
  const connection = await amqp.connect('amqp://127.0.0.1:5672')
  connection.on('error', () => undefined)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue(queue, { autoDelete: true, durable: change === 'durable' })
  await channel.prefetch(2)
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  connection.on('close', reject)
  all.catch(() => undefined)
  let left = 3
  await channel.consume(queue, (message) => {
    if (message === null) return
    const { kind } = (message.properties.headers ?? {}) as { kind?: string }
    print(`got ${message.content.toString()} ${kind}`)
    if (change === 'nack') channel.nack(message, false, false)
    else if (change !== 'no-ack') channel.ack(message)
    if (--left === 0) resolve()
  })
  for (const n of change === 'fewer' ? [1, 2] : change === 'more' ? [1, 2, 3, 4] : [1, 2, 3]) {
    const other = n === 2 ? change : ''
    const body = JSON.stringify({ order: other === 'body' ? 20 : n })
    channel.publish(
      other === 'exchange' ? 'amq.direct' : '',
      other === 'key' ? 'elsewhere' : queue,
      Buffer.from(body),
      {
        headers: { kind: other === 'header' ? 'other' : 'order' },
        messageId: randomUUID(),
      },
    )
  }
  await channel.waitForConfirms()
  await all
  if (change !== 'no-close') await channel.close()
  await connection.close()
  print('closed')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await orders((line) => process.stdout.write(`${line}\n`))
