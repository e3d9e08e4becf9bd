import { describe, expect, test } from 'vitest'
import { murmur2 } from '../../../src/index.ts'
import { choosePartition } from '../../../src/driver/producer/link.ts'
import { partitionOf } from '../../../src/driver/producer/partitioner.ts'
import type { WireMessage } from '../../../src/driver/wire/encode.ts'

describe('murmur2', () => {
  // The vectors of the Java client's own test, org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  test.for([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ] as const)('of %j is what the Java client computes', ([text, hash]) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })
})

describe('the partition of a message', () => {
  test('with a key follows from the key, whatever came before', () => {
    expect([0, 1, 7].map((nth) => partitionOf(Buffer.from('foobar'), nth, 3))).toEqual([0, 0, 0])
    expect(partitionOf(Buffer.from('abc'), 0, 7)).toBe(479470107 % 7)
    expect(partitionOf(Buffer.from('21'), 0, 7)).toBe((-973932308 & 0x7fffffff) % 7)
  })

  test('with an empty key follows from it too', () => {
    expect([0, 1, 2].map((nth) => partitionOf(new Uint8Array(0), nth, 3))).toEqual(
      Array.from({ length: 3 }, () => (murmur2(new Uint8Array(0)) & 0x7fffffff) % 3),
    )
  })

  test('without a key takes the partitions in turn', () => {
    expect([0, 1, 2, 3, 4].map((nth) => partitionOf(null, nth, 3))).toEqual([0, 1, 2, 0, 1])
  })
})

describe('the partition of a message', () => {
  test('is kept when the topic grows, and chosen again when the topic no longer has it', () => {
    const message: WireMessage = { key: Buffer.from('customer-7'), value: null, headers: [], nth: 0 }
    const first = choosePartition(message, 30)
    expect(choosePartition(message, 60)).toBe(first)
    expect(choosePartition(message, 2)).toBe((murmur2(Buffer.from('customer-7')) & 0x7fff_ffff) % 2)
  })

  test('is the one that the publisher chose, and it is noted where the topic does not have it', () => {
    const message: WireMessage = { key: null, value: null, headers: [], nth: 0, fixed: true, partition: 4 }
    expect([choosePartition(message, 3), message.partitionCount]).toEqual([4, 3])
    expect([choosePartition(message, 5), message.partitionCount]).toEqual([4, undefined])
  })
})
