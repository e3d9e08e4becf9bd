import { decodeEnvelope, encodeEnvelope } from '@x07-lab/msg-core'
import { openAmqp, readAmqpProfile, readAmqpTopology } from '@x07-lab/msg-amqp'

const profile = readAmqpProfile({
  schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
  id: 'orders_dev_v1',
  v: 1,
  host: '127.0.0.1',
  port: 5672,
  vhost: '/',
  limits: { max_body_bytes: 1_048_576, prefetch_count: 100, max_poll_items: 100 },
})
const topology = readAmqpTopology({
  schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
  id: 'orders_v1',
  v: 1,
  exchanges: [{ name: 'orders', type: 'topic' }],
  queues: [{ name: 'orders.billing' }],
  bindings: [{ exchange: 'orders', queue: 'orders.billing', routing_key: '#' }],
})

await using broker = await openAmqp({ profile, topology, secrets: (id) => process.env[id] })
await broker.ensureTopology()

const result = await broker.publish(
  encodeEnvelope({
    topic: 'orders',
    key: Buffer.from('customer-7'),
    value: Buffer.from('{"amount":3}'),
    headers: [
      ['content-type', 'application/json'],
      ['message-id', 'order-1'],
    ],
  }),
)
console.log(result) // { status: 'confirmed', answer: { exchange: 'orders' } }

for await (const delivery of broker.deliveries()) {
  const { key, value } = decodeEnvelope(delivery.envelope)
  console.log(`${String(key)}: ${String(value)}`) // customer-7: {"amount":3}
  await delivery.settle('ack')
  break
}

await broker.removeTopology() // only because this is an example: it deletes the queue and what is in it
