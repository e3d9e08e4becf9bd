import { decodeEnvelope, encodeEnvelope } from '@x07-lab/msg-core'
import { openKafka, readKafkaProfile } from '@x07-lab/msg-kafka'

const profile = readKafkaProfile({
  schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
  id: 'orders_dev_v1',
  v: 1,
  bootstrap: ['127.0.0.1:9092'],
  limits: { max_message_bytes: 1_048_576, max_poll_items: 100, max_poll_wait_ms: 1_000 },
})

await using broker = await openKafka({
  profile,
  topics: ['orders.example'],
  groupId: 'billing.example',
  secrets: (id) => process.env[id],
})
await broker.ensureTopology()

const result = await broker.publish(
  encodeEnvelope({
    topic: 'orders.example',
    key: Buffer.from('customer-7'),
    value: Buffer.from('{"amount":3}'),
    headers: [['message-id', 'order-1']],
  }),
)
console.log(result) // { status: 'confirmed', answer: { offset: '0', partition: 1 } }

for await (const delivery of broker.deliveries()) {
  const { key, value } = decodeEnvelope(delivery.envelope)
  console.log(`${String(key)}: ${String(value)}`) // customer-7: {"amount":3}
  await delivery.settle('ack')
  break
}

await broker.removeTopology() // only because this is an example: it deletes the topic and the group
