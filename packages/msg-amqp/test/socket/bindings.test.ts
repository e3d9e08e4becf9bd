import { expect, test } from 'vitest'

import { ByteWriter, readContentHeader, writeContentHeader, writeMethod } from '../../src/protocol/index.ts'
import { Bindings } from '../../src/socket/bindings.ts'
import { commandDifferences } from '../../src/socket/describe.ts'
import { mask, type Masked } from '../../src/socket/mask.ts'
import type { StoredCommand } from '../../src/socket/stored.ts'

function published(timestamp: bigint, messageId = 'order-1', text = '{}'): StoredCommand {
  const [method, header] = [new ByteWriter(), new ByteWriter()]
  writeMethod(method, {
    name: 'basic.publish',
    args: { ticket: 0, exchange: '', routingKey: 'orders', mandatory: false, immediate: false },
  })
  writeContentHeader(header, { timestamp, messageId }, text.length)
  return { method: method.result(), header: header.result(), body: Buffer.from(text) }
}

test('a message comes back with the time that its publish has now, and times are not compared', () => {
  const bindings = new Bindings()
  expect(bindings.bind(published(1_700_000_000n), published(1_800_000_000n))).toBe(true)
  expect(bindings.bind(published(1_700_000_000n), published(1_800_000_001n))).toBe(true)
  const { properties, bodyBytes } = readContentHeader(bindings.apply(published(1_700_000_000n)).header)
  expect([properties, bodyBytes]).toEqual([{ timestamp: 1_800_000_001n, messageId: 'order-1' }, 2])
})

test('what is answered to a message that differs comes back under its id of now, and that id is no difference', () => {
  const bindings = new Bindings()
  const [recorded, now] = ['0123456789abcdef01', 'fedcba9876543210fe']
  const [was, is] = [published(1n, recorded, '{"n":1}'), published(1n, now, '{"n":2}')]
  bindings.bindNamesOf(was, is)
  expect(readContentHeader(bindings.apply(was).header).properties.messageId).toBe(now)
  expect(commandDifferences(was, is)).toEqual([{ field: 'body/n', recorded: '1', now: '2' }])
  expect(commandDifferences(was, published(2n, 'mine', '{"n":2}'))).toEqual([
    { field: 'body/n', recorded: '1', now: '2' },
  ])
  const alone = [{ field: 'properties/messageId', recorded: `"${recorded}"`, now: `"${now}"` }]
  expect(commandDifferences(was, published(1n, now, '{"n":1}'))).toEqual(alone)
})

function consumed(consumerTag: string): Masked {
  const method = new ByteWriter()
  const flags = { noLocal: false, noAck: false, exclusive: false, noWait: false }
  writeMethod(method, { name: 'basic.consume', args: { ticket: 0, queue: 'q', consumerTag, ...flags, arguments: [] } })
  return mask({ method: method.result(), header: Buffer.alloc(0), body: Buffer.alloc(0) })
}

test.each([
  ['worker-17', 'worker-18', true],
  ['ctag-/tmp/go-build181/main-1', 'ctag-/tmp/go-build2299/main-1', true],
  ['k3j5x0a9q', 'kjhqwexzv', true],
  ['V1StGXR8_Z5jdHi6B-myT', 'x-9c2', true],
  ['my-tag', 'other-tag', false],
  ['orders-1', 'invoices-1', false],
  ['orders', '', false],
])('consumer tags are bound where they are made up: %s, %s', (recorded, now, isBound) => {
  expect(new Bindings().agrees(consumed(recorded), consumed(now))).toBe(isBound)
})
