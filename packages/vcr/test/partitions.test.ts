import { randomBytes, webcrypto } from 'node:crypto'

import { Partitioners } from 'kafkajs'
import { afterAll, expect, test } from 'vitest'

import { startAtFirstPartition } from '../src/pins/partitions.ts'
import { Patches } from '../src/seam/patches.ts'

const patches = new Patches()
startAtFirstPartition(patches)
afterAll(() => patches.undo())

const partitionMetadata = Array.from({ length: 1_000 }, (_, partitionId) => ({
  partitionId,
  leader: 1,
  isr: [1],
  replicas: [1],
  partitionErrorCode: 0,
}))

test.each(['DefaultPartitioner', 'LegacyPartitioner'] as const)(
  'kafkajs gives messages without a key to the partitions of each topic from the first ones on: %s',
  (name) => {
    const choose = Partitioners[name]()
    const of = (topic: string): number => choose({ topic, partitionMetadata, message: { value: 'x' } })
    expect([of('orders'), of('invoices'), of('orders'), of('orders'), of('invoices')]).toEqual([1, 1, 2, 3, 2])
  },
)

test('nobody else draws what is not random', () => {
  for (const draw of [() => webcrypto.getRandomValues(new Uint8Array(32)), () => randomBytes(32)])
    expect(Buffer.from(draw())).not.toEqual(Buffer.from(draw()))
  const view = new Uint8Array(40)
  expect(webcrypto.getRandomValues(view.subarray(4, 36)).byteLength).toBe(32)
  expect([view.subarray(0, 4), view.subarray(36)]).toEqual([new Uint8Array(4), new Uint8Array(4)])
})
