import { describe, expect, test } from 'vitest'
import { encodeBatch, checksumHolds, readBatches, readRecords, type RecordBatch } from '../../src/protocol/index.ts'
import { reboundRecords } from '../../src/socket/rebound-records.ts'
import { maskTokens, TokenBindings } from '../../src/socket/token-bind.ts'

const one = '0b5e8a52-7f0e-4a5b-9f0e-000000000001'
const two = '0b5e8a52-7f0e-4a5b-9f0e-000000000002'
const other = 'ffffffff-7f0e-4a5b-9f0e-00000000000a'

describe('made-up values', () => {
  test('make two texts one, and only they do', () => {
    const bindings = new TokenBindings()
    expect(bindings.compare(`a ${one} b`, `a ${other} b`)).toEqual([[one, other]])
    expect(bindings.compare(`a ${one} b`, `a ${other} c`)).toBeUndefined()
    expect(bindings.compare('abc', 'abd')).toBeUndefined()
    expect(maskTokens('id 0123456789abcdef end')).toBe('id #16 end')
  })

  test('have one name each, within a text and from text to text', () => {
    const bindings = new TokenBindings()
    expect(bindings.compare(`${one} ${one}`, `${other} ${two}`)).toBeUndefined()
    expect(bindings.compare(`${one} ${two}`, `${other} ${other}`)).toBeUndefined()
    bindings.bind([[one, other]])
    expect(bindings.compare(one, two)).toBeUndefined()
    expect(bindings.compare(two, other)).toBeUndefined()
    expect(bindings.compare(one, other)).toEqual([])
    expect(bindings.toNow(`x ${one}`)).toBe(`x ${other}`)
    expect(bindings.toRecorded(`x ${other}`)).toBe(`x ${one}`)
  })
})

test.each([0, 1, 2, 3, 4])(
  'records of compression %d are made anew with checksum, others stay as they are',
  (attributes) => {
    const template: RecordBatch = {
      magic: 2,
      baseOffset: 5n,
      lastOffset: 5n,
      leaderEpoch: 0,
      attributes,
      baseTimestamp: 1n,
      maxTimestamp: 1n,
      producerId: -1n,
      producerEpoch: -1,
      baseSequence: -1,
      count: 1,
      bytes: Buffer.alloc(0),
      payload: Buffer.alloc(0),
    }
    const batch = (text: string): Buffer =>
      Buffer.from(
        encodeBatch(template, [
          {
            offset: 5n,
            timestamp: 1n,
            key: Buffer.from(text),
            value: null,
            headers: [{ key: Buffer.from('h'), value: Buffer.from(text) }],
          },
        ]),
      )
    const untouched = batch(two)
    const bindings = new TokenBindings()
    bindings.bind([[one, other]])
    expect(reboundRecords(untouched, bindings)).toBe(untouched)
    const [first, second] = [...readBatches(reboundRecords(Buffer.concat([batch(one), untouched]), bindings))]
    expect(checksumHolds(first!)).toBe(true)
    const [record] = readRecords(first!)
    expect([Buffer.from(record!.key!).toString(), Buffer.from(record!.headers[0]!.value!).toString()]).toEqual([
      other,
      other,
    ])
    expect(second!.bytes.equals(untouched)).toBe(true)
  },
)
