import { expect, test } from 'vitest'

import { ByteWriter, readContentHeader, writeContentHeader, writeMethod } from '../../src/protocol/index.ts'
import { Bindings } from '../../src/socket/bindings.ts'
import type { StoredCommand } from '../../src/socket/stored.ts'

function published(timestamp: bigint): StoredCommand {
  const [method, header] = [new ByteWriter(), new ByteWriter()]
  writeMethod(method, {
    name: 'basic.publish',
    args: { ticket: 0, exchange: '', routingKey: 'orders', mandatory: false, immediate: false },
  })
  writeContentHeader(header, { timestamp, messageId: 'order-1' }, 2)
  return { method: method.result(), header: header.result(), body: Buffer.from('{}') }
}

test('a message comes back with the time that its publish has now, and times are not compared', () => {
  const bindings = new Bindings()
  expect(bindings.bind(published(1_700_000_000n), published(1_800_000_000n))).toBe(true)
  expect(bindings.bind(published(1_700_000_000n), published(1_800_000_001n))).toBe(true)
  const { properties, bodyBytes } = readContentHeader(bindings.apply(published(1_700_000_000n)).header)
  expect([properties, bodyBytes]).toEqual([{ timestamp: 1_800_000_001n, messageId: 'order-1' }, 2])
})
