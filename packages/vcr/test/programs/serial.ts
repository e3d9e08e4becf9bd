// A service that waits for the confirm of each message before it sends the next one.
import { pathToFileURL } from 'node:url'
import amqp from 'amqplib'

/** @param change what this run does otherwise; none by default */
export async function serial(print: (line: string) => void, change = ''): Promise<void> {
  const connection = await amqp.connect('amqp://127.0.0.1:5672')
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('vcr-serial', { exclusive: true })
  for (const n of [1, 2, 3, 4, 5, 6]) {
    channel.sendToQueue(queue, Buffer.from(`message ${n}`))
    if (change !== 'no-wait' || n === 6) await channel.waitForConfirms()
  }
  await channel.close()
  await connection.close()
  print('closed')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await serial((line) => process.stdout.write(`${line}\n`), process.argv[2])
