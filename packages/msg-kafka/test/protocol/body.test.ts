import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  apis,
  decodeBody,
  encodeBody,
  ProtocolError,
  unknownTags,
  type ApiSchema,
  type Direction,
  type Fields,
  type FieldSchema,
  type FieldValue,
} from '../../src/protocol/index.ts'

const scalars: Record<string, fc.Arbitrary<FieldValue>> = {
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  uint16: fc.integer({ min: 0, max: 65_535 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  float64: fc.double({ noNaN: true }),
  bool: fc.boolean(),
  uuid: fc.uuid(),
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  records: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
}

const inVersion = (version: number, range: { from: number; to: number } | undefined): boolean =>
  range !== undefined && version >= range.from && version <= range.to

function messages(fields: readonly FieldSchema[], version: number): fc.Arbitrary<Fields> {
  const model: Record<string, fc.Arbitrary<FieldValue>> = {}
  const optional: string[] = []
  for (const field of fields) {
    if (!inVersion(version, field.versions)) continue
    const one = field.type === '{}' ? messages(field.fields, version) : scalars[field.type]!
    const value: fc.Arbitrary<FieldValue> = field.array ? fc.array(one, { maxLength: 3 }) : one
    model[field.name] = inVersion(version, field.nullable) ? fc.option(value) : value
    if (field.tag !== undefined) optional.push(field.name)
  }
  const required = Object.keys(model).filter((name) => !optional.includes(name))
  return fc.record(model, { requiredKeys: required })
}

const everyBody = [...apis().values()].flatMap((api) => {
  const versions = Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, nth) => api.minVersion + nth)
  return versions.flatMap((version) => (['request', 'response'] as const).map((side) => ({ api, version, side })))
})

const anyBody = fc.constantFrom(...everyBody).chain(({ api, version, side }) =>
  messages(api[side], version).map((fields): { api: ApiSchema; version: number; side: Direction; fields: Fields } => {
    return { api, version, side, fields }
  }),
)

describe('a body of any API, version and side', () => {
  test('comes back as it was written, and to the same bytes', () => {
    fc.assert(
      fc.property(anyBody, ({ api, version, side, fields }) => {
        const bytes = Buffer.from(encodeBody(api.key, version, side, fields))
        const back = decodeBody(api.key, version, side, bytes)
        expect(back).toEqual(fields)
        expect(Buffer.from(encodeBody(api.key, version, side, back)).equals(bytes)).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  test('is refused where it is cut or longer, with an error of ours', () => {
    fc.assert(
      fc.property(anyBody, fc.nat(), ({ api, version, side, fields }, at) => {
        const bytes = Buffer.from(encodeBody(api.key, version, side, fields))
        if (bytes.length > 0) {
          const cut = bytes.subarray(0, at % bytes.length)
          expect(() => decodeBody(api.key, version, side, cut)).toThrow(ProtocolError)
        }
        const longer = Buffer.concat([bytes, Buffer.from([0])])
        expect(() => decodeBody(api.key, version, side, longer)).toThrow('left over')
      }),
      { numRuns: 300 },
    )
  })

  test('of made-up bytes is an error of ours or a message, never anything else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...everyBody), fc.uint8Array({ maxLength: 200 }), ({ api, version, side }, bytes) => {
        try {
          decodeBody(api.key, version, side, bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns: 1500 },
    )
  })
})

test('a tagged field that the tables do not know is kept in its place', () => {
  const bytes = Buffer.from('0000000000000000020502abcd0901ff', 'hex')
  const heartbeat = decodeBody(12, 4, 'response', bytes.subarray(2))
  expect(heartbeat[unknownTags]).toEqual([
    [5, Buffer.from('abcd', 'hex')],
    [9, Buffer.from('ff', 'hex')],
  ])
  expect(encodeBody(12, 4, 'response', heartbeat)).toEqual(bytes.subarray(2))
})

test('a version or a key that is not in the tables is unsupported', () => {
  expect(() => decodeBody(0, 99, 'request', Buffer.alloc(0))).toThrow(
    'version 99 of Produce is not known, only 0 to 13',
  )
  expect(() => decodeBody(999, 0, 'request', Buffer.alloc(0))).toThrow('API key 999 is not known')
})
