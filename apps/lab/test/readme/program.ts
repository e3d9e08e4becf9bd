import { openAmqp, readAmqpProfile, readAmqpTopology } from '@x07-lab/msg-amqp'
import { decodeEnvelope, describeDivergence, encodeEnvelope, openVcr } from '@x07-lab/msg-core'

const profile = readAmqpProfile({
  schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
  id: 'local_amqp_v1',
  v: 1,
  host: '127.0.0.1',
  port: 5672,
  vhost: '/',
  limits: { max_body_bytes: 1_048_576, prefetch_count: 16, max_poll_items: 16 },
})
const topology = readAmqpTopology({
  schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
  id: 'greetings_v1',
  v: 1,
  exchanges: [{ name: 'greetings', type: 'topic', durable: true }],
  queues: [{ name: 'greetings', durable: true }],
  bindings: [{ exchange: 'greetings', queue: 'greetings', routing_key: '#' }],
})

await using driver = await openVcr({ cassette: 'greetings.rrbin', live: () => openAmqp({ profile, topology }) })
await driver.ensureTopology()

const message = { topic: 'greetings', key: Buffer.from('en'), value: Buffer.from('{"hello":"world"}'), headers: [] }
const result = await driver.publish(encodeEnvelope(message))
if (result.status === 'refused') throw new Error(result.reason)

for await (const delivery of driver.deliveries()) {
  const { value } = decodeEnvelope(delivery.envelope)
  console.log(`${driver.mode}: ${Buffer.from(value ?? []).toString()}`)
  await delivery.settle('ack')
  break
}

for (const divergence of driver.report().divergences) throw new Error(describeDivergence(divergence))
