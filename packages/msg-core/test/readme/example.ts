import { decodeEnvelope, encodeEnvelope, openMemory, withVcr } from '@x07-lab/msg-core'

await withVcr({ cassette: 'orders', live: () => openMemory() }, async (driver) => {
  const message = { topic: 'orders', key: Buffer.from('customer-7'), value: Buffer.from('{"amount":3}'), headers: [] }
  console.log(await driver.publish(encodeEnvelope(message)))
  for await (const delivery of driver.deliveries()) {
    const { key, value } = decodeEnvelope(delivery.envelope)
    console.log(`${driver.mode} ${String(key)}: ${String(value)}`)
    await delivery.settle('ack')
    break
  }
})
