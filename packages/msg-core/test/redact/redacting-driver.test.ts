import { expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, openMemory, type Delivery, type Driver } from '../../src/index.ts'
import { createRedactor, joinRules, redactingDriver } from '../../src/redact/index.ts'

const message = (secret: string): Uint8Array =>
  encodeEnvelope({ topic: 't', key: null, value: null, headers: [['authorization', secret]] })

test('what is published in a transaction is redacted, and it acknowledges what the program was given', async () => {
  await using memory = await openMemory()
  const published: Uint8Array[] = []
  const acked: Delivery[] = []
  const inner: Driver = Object.assign(Object.create(memory) as Driver, {
    publish: (envelope: Uint8Array) => memory.publish(envelope),
    deliveries: () => memory.deliveries(),
    transaction: () =>
      Promise.resolve({
        publish: (envelope: Uint8Array) => (
          published.push(envelope),
          Promise.resolve({ status: 'confirmed' as const, answer: {} })
        ),
        ack: (delivery: Delivery) => void acked.push(delivery),
        commit: () => Promise.resolve(),
        abort: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  })
  const driver = redactingDriver(inner, createRedactor(joinRules()), { publishes: true, deliveries: true })
  await memory.publish(message('Bearer of-the-broker'))
  for await (const delivery of driver.deliveries()) {
    const transaction = await driver.transaction?.()
    await transaction?.publish(message('Bearer of-the-program'))
    transaction?.ack(delivery)
    expect(acked[0]).not.toBe(delivery)
    break
  }
  expect(acked).toHaveLength(1)
  expect(JSON.stringify(decodeEnvelope(published[0] ?? new Uint8Array(0)).headers)).not.toContain('of-the-program')
})

test('a driver without transactions offers none', async () => {
  await using memory = await openMemory()
  expect('transaction' in redactingDriver(memory, createRedactor(joinRules()), {})).toBe(false)
})
