// A service that knows nothing of a recorder: publishes three orders with random ids, and acknowledges what comes back.
import { randomUUID } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import amqp, { type ConsumeMessage } from 'amqplib'

/** @param change what this run does otherwise; none by default */
export async function orders(print: (line: string) => void, change = '', port = 5672): Promise<void> {
  const queue = 'vcr-orders'
  const connection = await amqp.connect(`amqp://127.0.0.1:${port}`)
  connection.on('error', () => undefined)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue(queue, {
    autoDelete: true,
    durable: change === 'durable',
    ...(change === 'arguments' ? { arguments: { 'x-max-length': 10 } } : {}),
  })
  await channel.prefetch(change === 'prefetch' ? 1 : 2)
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  connection.on('close', reject)
  all.catch(() => undefined)
  let left = 3
  const held: ConsumeMessage[] = []
  const settle = (message: ConsumeMessage): void => {
    if (change === 'nack') channel.nack(message, false, false)
    else if (change === 'multiple') channel.ack(message, true)
    else if (change === 'settle-order' && held.push(message) < 2) return
    else if (change === 'settle-order') for (const one of held.splice(0).toReversed()) channel.ack(one)
    else if (change !== 'no-ack' && (change !== 'no-last-ack' || left > 1)) channel.ack(message)
  }
  await channel.consume(queue, (message) => {
    if (message === null) return
    const { kind } = (message.properties.headers ?? {}) as { kind?: string }
    print(`got ${message.content.toString()} ${kind}`)
    settle(message)
    if (--left === 0) {
      for (const one of held.splice(0)) channel.ack(one)
      resolve()
    }
  })
  for (const n of change === 'fewer'
    ? [1, 2]
    : change === 'without-2'
      ? [1, 3]
      : change === 'more'
        ? [1, 2, 3, 4]
        : [1, 2, 3]) {
    const other = n === 2 ? change : ''
    if (change === 'await') await new Promise((resume) => setTimeout(resume, 20))
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
  await orders((line) => process.stdout.write(`${line}\n`), process.argv[2])
