import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Aggregate } from '../../src/pipeline/aggregate.ts'

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()

type Event = readonly [key: string | null, payload: string]

function aggregateOf(events: readonly Event[]): Aggregate {
  const aggregate = new Aggregate()
  for (const [key, payload] of events) aggregate.add(key === null ? null : Buffer.from(key), Buffer.from(payload))
  return aggregate
}

const keys = fc.option(fc.constantFrom('', 'a', 'b', 'none', 'é'), { nil: null })
const runs = fc.array(fc.tuple(keys, fc.string({ maxLength: 8 })), { maxLength: 20 })

describe('the aggregate', () => {
  test('counts, sums and chains by key, and has one root over the keys in byte order, none first', () => {
    const one = sha256(Buffer.alloc(32), Buffer.from('1'))
    const chain = sha256(one, Buffer.from('22'))
    const bare = sha256(Buffer.from('3'))
    const u32 = (number: number) => Buffer.from(Uint32Array.of(number).buffer)
    const u64 = (number: number) => Buffer.from(BigUint64Array.of(BigInt(number)).buffer)
    expect(
      aggregateOf([
        ['a', '1'],
        [null, '3'],
        ['a', '22'],
      ]).toJson(),
    ).toEqual({
      schema_version: 'x07.lab.aggregate@0.1.0',
      count: 3,
      bytes: 4,
      root_sha256: sha256(u32(0xffff_ffff), u64(1), bare, u32(1), Buffer.from('a'), u64(2), chain).toString('hex'),
      keys: [
        { key: null, count: 1, bytes: 1, sha256_sum: bare.toString('hex') },
        { key: 'a', count: 2, bytes: 3, sha256: chain.toString('hex') },
      ],
    })
  })

  test('does not depend on how keys are mixed, only on the order within each', () => {
    fc.assert(
      fc.property(runs, (events) => {
        const byKey = Map.groupBy(events, ([key]) => key)
        expect(aggregateOf([...byKey.values()].flat()).toJson()).toEqual(aggregateOf(events).toJson())
      }),
    )
  })

  test('does not depend on the order of messages without a key, and tells one from two', () => {
    const keyless = (payloads: readonly string[]) =>
      aggregateOf(payloads.map((payload) => [null, payload] as const)).toJson()
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 }), { maxLength: 20 }), (payloads) => {
        expect(keyless(payloads.toReversed())).toEqual(keyless(payloads))
        expect(keyless(payloads.toSorted())).toEqual(keyless(payloads))
      }),
    )
    expect(keyless(['a', 'a', 'b'])).not.toMatchObject({ root_sha256: keyless(['a', 'b', 'b'])['root_sha256'] })
  })

  test('adds the hashes of messages without a key modulo 2^256', () => {
    const payloads = Array.from({ length: 50 }, (_, n) => String(n))
    const total = payloads.reduce((sum, one) => sum + BigInt(`0x${sha256(Buffer.from(one)).toString('hex')}`), 0n)
    const sum = BigInt.asUintN(256, total).toString(16).padStart(64, '0')
    const { keys } = aggregateOf(payloads.map((payload) => [null, payload] as const)).toJson()
    expect(keys).toEqual([{ key: null, count: 50, bytes: 90, sha256_sum: sum }])
  })

  test('of disjoint keys merge to that of the whole', () => {
    fc.assert(
      fc.property(runs, (events) => {
        // Messages without a key go to both.
        const mine = (key: string | null, n: number): boolean => (key === null ? n % 2 === 0 : key < 'b')
        const merged = aggregateOf(events.filter(([key], n) => mine(key, n)))
        merged.merge(aggregateOf(events.filter(([key], n) => !mine(key, n))))
        expect(merged.toJson()).toEqual(aggregateOf(events).toJson())
        expect(merged.count).toBe(events.length)
      }),
    )
  })

  test('with a key in common do not merge, and nothing has changed then', () => {
    const left = aggregateOf([['a', '1']])
    expect(() => left.merge(aggregateOf([['a', '2']]))).toThrow('they have a key in common')
    expect(left.toJson()).toEqual(aggregateOf([['a', '1']]).toJson())
  })

  test('tells the order of one key', () => {
    expect(
      aggregateOf([
        ['a', '1'],
        ['a', '2'],
      ]).toJson(),
    ).not.toEqual(
      aggregateOf([
        ['a', '2'],
        ['a', '1'],
      ]).toJson(),
    )
  })

  test('shows a key that is not UTF-8 in base64, and keeps it apart from its neighbours', () => {
    const aggregate = new Aggregate()
    for (const byte of [0xff, 0xfe]) aggregate.add(Uint8Array.of(byte), Buffer.from('1'))
    expect(aggregate.toJson()).toMatchObject({ keys: [{ key: { b64: '/g==' } }, { key: { b64: '/w==' } }] })
  })

  test('keeps no hold on the bytes it was given', () => {
    const [key, payload] = [Buffer.from('a'), Buffer.from('1')]
    const aggregate = new Aggregate()
    aggregate.add(key, payload)
    const before = aggregate.toJson()
    for (const bytes of [key, payload]) bytes.fill(0)
    expect(aggregate.toJson()).toEqual(before)
  })
})
