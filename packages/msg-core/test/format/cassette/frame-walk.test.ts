import { closeSync, openSync } from 'node:fs'

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { walkFrames } from '../../../src/format/cassette/frame-walk.ts'
import { cassetteBytes, fromHex, scratchFile, scratchFolder, toHex } from './samples.ts'

interface Walked {
  readonly payloads: string[]
  readonly offsets: number[]
  readonly tear: string | undefined
}

function walk(bytes: Uint8Array, chunkBytes?: number, claimedSize = bytes.length): Walked {
  const fd = openSync(scratchFile(bytes), 'r')
  try {
    const payloads: string[] = []
    const offsets: number[] = []
    const { tear, frames } = walkFrames(
      fd,
      claimedSize,
      (chunk, start, end, offset, index) => {
        expect(index).toBe(payloads.length)
        payloads.push(toHex(chunk.subarray(start, end)))
        offsets.push(offset)
      },
      () => expect.unreachable('no frame is large'),
      chunkBytes === undefined ? {} : { chunkBytes },
    )
    expect(frames).toBe(payloads.length)
    return { payloads, offsets, tear: tear && `${tear.entry} at ${tear.offset}: ${tear.problem}` }
  } finally {
    closeSync(fd)
  }
}

describe('walkFrames', () => {
  it.each([
    ['nothing', '', [], undefined],
    ['frames, an empty one among them', '01000000 61 00000000 02000000 6262', ['61', '', '6262'], undefined],
    ['a cut length', '01000000 61 020000', ['61'], '1 at 5: 3 of the 4 bytes of a frame length are there'],
    ['a cut payload', '02000000 61', [], '0 at 0: a frame of 2 bytes is announced, 1 are there'],
    ['a length of 4 GiB', 'ffffffff 00', [], '0 at 0: a frame of 4294967295 bytes is announced, 1 are there'],
  ])('walks over %s', (_name, hex, payloads, tear) => {
    expect(walk(fromHex(hex))).toMatchObject({ payloads, tear })
  })

  it('gives the same frames wherever chunks end, also for frames larger than a chunk', () => {
    const payload = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 12 }), fc.integer({ min: 4, max: 64 }), (payloads, chunkBytes) => {
        const { offsets, ...walked } = walk(cassetteBytes(payloads), chunkBytes)
        expect(walked).toEqual({ payloads: payloads.map(toHex), tear: undefined })
        expect(offsets).toEqual(payloads.map((_, index) => cassetteBytes(payloads.slice(0, index)).length))
      }),
      { numRuns: 60 },
    )
  })

  it('gives the whole frames of every cut of a file', () => {
    const payloads = [fromHex('616263'), fromHex(''), fromHex('64')]
    const whole = cassetteBytes(payloads)
    const ends = [0, 7, 11, 16]
    for (let length = 0; length <= whole.length; length++) {
      const walked = walk(whole.subarray(0, length), 8)
      expect(walked.payloads.length).toBe(ends.filter((end) => end > 0 && end <= length).length)
      expect(walked.tear === undefined).toBe(ends.includes(length))
    }
  })

  it('reports a file that cannot be read', () => {
    const fd = openSync(scratchFolder(), 'r')
    try {
      expect(() =>
        walkFrames(
          fd,
          10,
          () => {},
          () => {},
        ),
      ).toThrow(expect.objectContaining({ code: 2002, offset: 0, message: 'read cassette at byte 0: EISDIR' }))
    } finally {
      closeSync(fd)
    }
  })

  it('reports a file that became shorter than it was', () => {
    expect(() => walk(fromHex('01000000 61'), undefined, 10)).toThrow(
      expect.objectContaining({
        code: 2002,
        offset: 5,
        message: 'read cassette: it ends at byte 5, it was longer when it was opened',
      }),
    )
  })
})
