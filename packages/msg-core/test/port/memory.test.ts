import { expect, test } from 'vitest'
import { inspect } from 'node:util'
import { replaying, recording } from '../../src/driver.ts'
import { decodeEnvelope, encodeEnvelope, openMemory, type Driver } from '../../src/index.ts'
import { cassetteOf } from './replaying/cassette-of.ts'
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

test('what a program is given looks the same live, recorded and replayed', async () => {
  const envelope = encodeEnvelope({ topic: 'lab.events', key: Buffer.from('k'), value: Buffer.from('1'), headers: [] })
  const seen = async (driver: Driver): Promise<string> => {
    const given: unknown[] = [await driver.publish(envelope)]
    for await (const delivery of driver.deliveries()) {
      const message = decodeEnvelope(delivery.envelope)
      given.push(delivery, message, String(message.key), String(message.value))
      await delivery.settle('ack')
      break
    }
    await driver.close()
    return inspect(given, { depth: 5 })
  }
  const live = await seen(await openMemory())
  let recorded: string | undefined
  const { reader, remove } = await cassetteOf(async (sink) => {
    recorded = await seen(recording(await openMemory(), sink))
  })
  expect([recorded, await seen(replaying(reader))]).toEqual([live, live])
  remove()
})
