// A service that knows nothing of a recorder: it passes messages on, three at a time, and acknowledges each once the broker
// has confirmed what came of it.
import { pathToFileURL } from 'node:url'
import amqp, { type ConsumeMessage } from 'amqplib'

/** What a handler does otherwise: so many publishes `more`, or, with `fewer`, none. */
export interface RelayChange {
  readonly at: number
  readonly more?: number
  readonly fewer?: true
}

export async function relay(print: (line: string) => void, change?: RelayChange): Promise<void> {
  const connection = await amqp.connect('amqp://127.0.0.1:5672')
  connection.on('error', () => undefined)
  const out = await connection.createConfirmChannel()
  const channel = await connection.createConfirmChannel()
  for (const queue of ['vcr-relay', 'vcr-relayed']) await out.assertQueue(queue, { durable: false })
  for (let n = 0; n < 8; n++) out.sendToQueue('vcr-relay', Buffer.from(`message ${n}`))
  await out.waitForConfirms()
  await channel.prefetch(3)
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  connection.on('close', reject)
  let begun = 0
  let left = 8
  const handle = async (message: ConsumeMessage): Promise<void> => {
    const changed = begun++ === change?.at ? change : undefined
    if (changed?.fewer !== true) channel.sendToQueue('vcr-relayed', message.content)
    for (let n = 0; n < (changed?.more ?? 0); n++) channel.sendToQueue('vcr-relayed', Buffer.from(`one more, ${n}`))
    await channel.waitForConfirms()
    channel.ack(message)
    print(message.content.toString())
    if (--left === 0) resolve()
  }
  await channel.consume('vcr-relay', (message) => {
    if (message !== null) handle(message).catch(reject)
  })
  await all
  await channel.close()
  for (const queue of ['vcr-relay', 'vcr-relayed']) await out.deleteQueue(queue)
  await out.close()
  await connection.close()
  print('closed')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await relay((line) => process.stdout.write(`${line}\n`))
