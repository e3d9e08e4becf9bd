import { connect, type ConfirmChannel, type ChannelModel } from 'amqplib'
import { seededEvent } from 'lab/src/events/seeded.ts'
import { seededNumbers } from 'lab/src/events/random.ts'
import { metered } from '../../measure/metered.ts'
import { Processing } from '../../work/processing.ts'
import type { LiveRun, Load } from '../../work/recording.ts'

/** As the lab's profile has it. */
const prefetch = 256
/** Publishes not confirmed at the same time, as the lab's pipeline has it. */
const window = 1024

/** Publishes with confirms and consumes with acks, with amqplib and nothing else. */
export async function plainAmqp(run: string, load: Load): Promise<LiveRun> {
  const connection = await connect('amqp://guest:guest@127.0.0.1:5672', { noDelay: true })
  const name = `lab.events.${run}`
  try {
    const publishing = await connection.createConfirmChannel()
    await publishing.assertExchange(name, 'topic', { durable: true })
    await publishing.assertQueue(name, { durable: true })
    await publishing.bindQueue(name, name, '#')
    const processing = new Processing()
    const cost = await metered(load.messages, () =>
      Promise.all([publishAll(publishing, name, load), consumeAll(connection, name, load, processing)]),
    )
    await publishing.deleteQueue(name)
    await publishing.deleteExchange(name)
    return { ...cost, chainOf: (key) => processing.chainOf(key) }
  } finally {
    await connection.close()
  }
}

function publishAll(channel: ConfirmChannel, exchange: string, { messages, seed }: Load): Promise<void> {
  const random = seededNumbers(seed)
  let sent = 0
  let confirmed = 0
  let writable = true
  return new Promise((done, fail) => {
    const pump = (): void => {
      while (writable && sent < messages && sent - confirmed < window) {
        const { n, key, payload } = seededEvent(sent++, random)
        const options = { contentType: 'application/json', messageId: String(n), mandatory: true, deliveryMode: 2 }
        writable = channel.publish(exchange, key ?? '', Buffer.from(payload), options, (error: unknown) => {
          if (error !== null) fail(new Error('publish: the broker refused a message', { cause: error }))
          else if (++confirmed === messages) done()
          else pump()
        })
      }
    }
    channel.on('drain', () => {
      writable = true
      pump()
    })
    pump()
  })
}

async function consumeAll(
  connection: ChannelModel,
  queue: string,
  { messages }: Load,
  processing: Processing,
): Promise<void> {
  const channel = await connection.createChannel()
  await channel.prefetch(prefetch)
  await new Promise<void>((done) => {
    void channel.consume(queue, (message) => {
      if (message === null) return
      processing.add(Buffer.from(message.fields.routingKey), message.content)
      channel.ack(message)
      if (processing.count === messages) done()
    })
  })
  await channel.close()
}
