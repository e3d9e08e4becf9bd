// A service that knows nothing of a recorder: each message is handled for a moment and acknowledged, three at a time.
import { pathToFileURL } from 'node:url'
import amqp, { type ConsumeMessage } from 'amqplib'

/** @param change `held`: acknowledges two at a time, the later one first; `never`: not at all */
export async function holding(print: (line: string) => void, change = ''): Promise<void> {
  const queue = 'vcr-holding'
  const connection = await amqp.connect('amqp://127.0.0.1:5672')
  connection.on('error', () => undefined)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue(queue, { autoDelete: true, durable: false })
  await channel.prefetch(3)
  for (let n = 1; n <= 6; n++) channel.sendToQueue(queue, Buffer.from(`message ${n}`))
  await channel.waitForConfirms()
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  connection.on('close', reject)
  let left = 6
  let held: ConsumeMessage[] = []
  const handle = async (message: ConsumeMessage): Promise<void> => {
    print(message.content.toString())
    if (change === '') {
      await new Promise((handled) => setTimeout(handled, 5 * left))
      channel.ack(message)
    } else if (change === 'held' && held.push(message) === 2) {
      for (const one of held.toReversed()) channel.ack(one)
      held = []
    }
    if (--left === 0) resolve()
  }
  await channel.consume(queue, (message) => {
    if (message !== null) void handle(message)
  })
  await all
  await channel.close()
  await connection.close()
  print('closed')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await holding((line) => process.stdout.write(`${line}\n`))
