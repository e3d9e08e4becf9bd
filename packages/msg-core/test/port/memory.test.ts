import { expect, test } from 'vitest'
import { encodeEnvelope, openMemory } from '../../src/index.ts'
import { driverSuite } from '../../src/testing/driver-suite.ts'

driverSuite({
  name: 'memory',
  topic: 'lab.events',
  tooLargeBytes: 1_048_577,
  open: async () => {
    const driver = await openMemory()
    return { driver, dispose: () => driver.close() }
  },
})

test('while its queue is long, confirms come late enough for the consumer to keep up', async () => {
  const messages = 20_000
  const window = 100
  const envelope = encodeEnvelope({ topic: 'lab.events', key: null, value: Buffer.from('1'), headers: [] })
  await using driver = await openMemory()
  let published = 0
  let consumed = 0
  let longest = 0
  const publishing = Array.from({ length: window }, async () => {
    while (published < messages) {
      published++
      longest = Math.max(longest, published - consumed)
      await driver.publish(envelope)
    }
  })
  for await (const delivery of driver.deliveries()) {
    await delivery.settle('ack')
    if (++consumed === messages) break
  }
  await Promise.all(publishing)
  expect(longest).toBeGreaterThan(1_024)
  expect(longest).toBeLessThanOrEqual(1_024 + window + 1)
})

test('keeps a copy of what was published: the caller may use its buffer again', async () => {
  const envelope = Buffer.from('first')
  await using driver = await openMemory()
  await driver.publish(envelope)
  envelope.write('other')
  for await (const delivery of driver.deliveries()) {
    expect(Buffer.from(delivery.envelope).toString()).toBe('first')
    break
  }
})
