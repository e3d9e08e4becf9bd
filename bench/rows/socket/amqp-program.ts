// A program that knows nothing of a recorder: publishes with confirms, consumes with acks, and says where it starts and
// where it has come to its end.
import { connect } from 'amqplib'

const [, , queue = '', count = ''] = process.argv
const messages = Number(count)
/** Publishes not confirmed at the same time. */
const window = 1_000

const connection = await connect('amqp://guest:guest@127.0.0.1:5672', { noDelay: true })
const publishing = await connection.createConfirmChannel()
const consuming = await connection.createChannel()
await publishing.assertQueue(queue, { durable: false, autoDelete: true })
await consuming.prefetch(256)
process.stdout.write('start\n')
const { promise: all, resolve } = Promise.withResolvers<void>()
let got = 0
await consuming.consume(queue, (message) => {
  if (message === null) return
  consuming.ack(message)
  if (++got === messages) resolve()
})
const body = Buffer.alloc(200, 'abcdefghij ')
for (let sent = 0; sent < messages; sent++) {
  const fits = publishing.sendToQueue(queue, body, { contentType: 'application/json', headers: { n: sent } })
  if (!fits) await new Promise((drained) => publishing.once('drain', drained))
  if (sent % window === window - 1) await publishing.waitForConfirms()
}
await publishing.waitForConfirms()
await all
process.stdout.write('end\n')
await connection.close()
