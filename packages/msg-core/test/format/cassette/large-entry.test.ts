import { closeSync, openSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { encodeEntry, inspectCassette, NO_LIMITS, openReader } from '../../../src/format/index.ts'
import { RrError } from '../../../src/format/cassette/rr-error.ts'
import { EntryScan } from '../../../src/format/cassette/entry-scan-result.ts'
import { scanEntry } from '../../../src/format/cassette/entry-scan.ts'
import { scanLargeEntry } from '../../../src/format/cassette/large-entry.ts'
import { scratchFile } from './samples.ts'

const limits = { ...NO_LIMITS, maxReqBytes: 12, maxRespBytes: 9, maxKeyBytes: 5 }
const whole = encodeEntry({
  kind: 'rr',
  op: 'o',
  key: 'k',
  req: Buffer.from('q'),
  resp: Buffer.from('r'),
  latencyTicks: 5,
  seq: 7,
  v: 1,
})

function both(document: Uint8Array): [unknown, unknown] {
  const near = new EntryScan()
  const code = scanEntry(document, 0, document.length, limits, near)
  const fd = openSync(scratchFile(document), 'r')
  try {
    const far = new EntryScan()
    const farCode = scanLargeEntry(fd, document.length, 0, document.length, limits, far)
    const of = (scan: EntryScan, result: number): unknown =>
      result === 0
        ? [
            0,
            scan.kindAt,
            scan.opAt,
            scan.keyAt,
            scan.keyLength,
            scan.reqAt,
            scan.respAt,
            scan.respLength,
            scan.errAt,
            scan.latencyTicks,
            scan.seqAt,
            scan.vAt,
          ]
        : [result, scan.failedAt, scan.problem]
    return [of(near, code), of(far, farCode)]
  } finally {
    closeSync(fd)
  }
}

describe('an entry that is checked where it lies', () => {
  it('is judged as one that is held, whatever bytes it has', () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 4, 5))), {
        maxLength: 4,
      })
      .map((changes) => {
        const copy = Uint8Array.from(whole)
        for (const [at, byte] of changes) copy[at] = byte
        return copy
      })
    const nested = fc.nat(70).map((depth) => {
      const value = Buffer.concat([Buffer.from('0401000000'.repeat(depth), 'hex'), Buffer.of(0)])
      const name = Buffer.from('010000007a', 'hex')
      const document = Buffer.concat([whole, name, value])
      document.writeUInt32LE(10, 2)
      return document
    })
    const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length))
    fc.assert(
      fc.property(fc.oneof(mutated, mutated, nested, cut), (document) => {
        const [near, far] = both(document)
        expect(far).toEqual(near)
      }),
      { numRuns: 400, seed: 14 },
    )
  })

  const resp = Buffer.alloc(70 * 1024 * 1024)
  const large = encodeEntry({ kind: 'rr', op: 'o', key: 'k', req: Buffer.of(), resp, seq: 3 })
  const small = encodeEntry({ kind: 'rr', op: 'o', key: 'k', req: Buffer.of(), resp: Buffer.from('small'), seq: 5 })

  it('is indexed with its lane and begin, and read whole only where that is bounded', () => {
    const path = scratchFile(Buffer.concat([frame(small), frame(large), frame(small)]))
    using cassette = openReader(path, { name: 'big' })
    expect([cassette.count, cassette.lanes.size, cassette.begin(1), cassette.begin(2)]).toEqual([3, 1, 3, 5])
    expect(Buffer.from(cassette.entry(2))).toEqual(Buffer.from(small))
    expect(() => cassette.entry(1)).toThrow(
      `read entry 1 of cassette "big" at byte ${4 + small.length}: it has ${large.length} bytes, more than the 67108864 that are read at once; record smaller messages`,
    )
    expect(inspectCassette(path)).toMatchObject({ entries: 3, nextPosition: 6, damage: undefined })
  })

  it.each([
    ['over a budget', large, 2006],
    ['of zeros', new Uint8Array(9 * 1024 * 1024), 2008],
  ] as const)('%s is refused with the code of a small one', (_, document, code) => {
    const path = scratchFile(frame(document))
    const error = (() => {
      try {
        openReader(path, { limits: { ...NO_LIMITS, maxRespBytes: 1000 } })
        return undefined
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(RrError)
    expect((error as RrError).code).toBe(code)
  })
})

function frame(document: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(document.length)
  return Buffer.concat([length, document])
}
