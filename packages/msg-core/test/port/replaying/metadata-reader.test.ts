import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMetadata, encodeMetadata } from '../../../src/format/record/index.ts'
import { metadataReader } from '../../../src/port/replaying/answers.ts'

const value = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', '\\', 'é', 'a', '\u0000', '7') }),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.double({ noDefaultInfinity: true, noNaN: true }),
)
const names = fc.uniqueArray(
  fc.oneof(fc.constantFrom('position', 'redelivered', '__proto__', '1', '', '!discarded', 'é"'), fc.string()),
  { maxLength: 3 },
)

test('one metadata after the other reads as by itself, whatever stood before it', () => {
  fc.assert(
    fc.property(
      names.chain((list) =>
        fc.array(fc.tuple(...list.map(() => value)), { maxLength: 6 }).map((rows) => ({ list, rows })),
      ),
      fc.nat(),
      ({ list, rows }, cut) => {
        const read = metadataReader()
        for (const row of rows) {
          const whole = encodeMetadata(Object.fromEntries(list.map((name, at) => [name, row[at] as string])))
          // What is cut off, or goes on, is not those metadata.
          for (const bytes of [
            whole,
            whole.subarray(0, cut % (whole.length + 1)),
            Buffer.concat([whole, whole]),
            whole,
          ]) {
            expect(read(bytes)).toStrictEqual(bytes.length === 0 ? {} : decodeMetadata(bytes))
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})

test.each([
  '{"position":01}',
  '{"position":-1}',
  '{"position":1.5}',
  '{"position":12345678901}',
  '{"position":tru}',
  '{"position":"\\u0031"}',
  '["position":1}',
  '{"position":}',
])('%s after an object of the same names reads as by itself', (text) => {
  const read = metadataReader()
  read(Buffer.from('{"position":1}'))
  expect(read(Buffer.from(text))).toStrictEqual(decodeMetadata(Buffer.from(text)))
})
