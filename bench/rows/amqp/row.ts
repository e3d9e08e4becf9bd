import { liveRow } from '../../work/live-row.ts'
import { plainAmqp } from './plain.ts'

export const amqpRow = liveRow({
  driver: 'amqp',
  client: 'plain amqplib',
  about: 'recording of 20,000 messages on RabbitMQ, beside plain amqplib publishing and consuming the same',
  load: { messages: 20_000, seed: 7 },
  plain: plainAmqp,
})
