import { decodeEnvelope } from '@x07-lab/msg-core'
import { canonicalJson } from '@x07-lab/msg-core/format'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ndjsonEvents } from '../../src/events/ndjson.ts'

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function eventsOf(
  input: string | Uint8Array,
  options: { key?: string; maxValueBytes?: number; maxMessages?: number } = {},
) {
  return ndjsonEvents({
    topic: 'lab.events',
    name: 'my.ndjson',
    chunks: () => once(Buffer.from(input)),
    keyPointer: options.key ?? '/key',
    maxValueBytes: options.maxValueBytes ?? 100,
    maxMessages: options.maxMessages ?? 10,
  })
}

async function payloadsOf(input: string | Uint8Array, options = {}): Promise<[string | null, string][]> {
  const found: [string | null, string][] = []
  for await (const envelope of eventsOf(input, options).envelopes()) {
    const { key, value } = decodeEnvelope(envelope)
    found.push([key === null ? null : Buffer.from(key).toString(), Buffer.from(value ?? []).toString()])
  }
  return found
}

const fit = 'give one JSON value a line that RFC 8785 can carry'

describe('a line that is no event ends the input with its number', () => {
  test.each<[string, string | Uint8Array, string]>([
    [
      'torn JSON at line 3',
      '{"a":1}\n\n{"a":\n',
      'my.ndjson line 3, column 6: the end of the text, where a value should stand',
    ],
    ['a key twice', '{"a":1,"a":2}', 'my.ndjson line 1, column 8: the key "a" a second time in one object'],
    [
      'a key twice in another spelling',
      '{"a":1,"\\u0061":1}',
      'my.ndjson line 1, column 8: the key "a" a second time in one object',
    ],
    [
      'half a surrogate pair',
      '["\\ud800"]',
      'my.ndjson line 1, column 2: a string with half of a surrogate pair, which UTF-8 cannot carry',
    ],
    [
      'half a surrogate pair in a key',
      '{"\\udc00":1}',
      'my.ndjson line 1, column 2: a string with half of a surrogate pair, which UTF-8 cannot carry',
    ],
    [
      'a number beyond a double',
      '[1e309]',
      'my.ndjson line 1, column 2: a number outside the range of an IEEE 754 double',
    ],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]),
      'my.ndjson line 1, column 2: bytes that are not UTF-8',
    ],
    ['a second byte-order mark', '\u{feff}\u{feff}1', 'my.ndjson line 1, column 1: a byte-order mark'],
  ])('%s', async (_title, input, message) => {
    await expect(payloadsOf(input)).rejects.toMatchObject({ name: 'UserError', exitCode: 2 })
    await expect(payloadsOf(input)).rejects.toThrow(message)
    await expect(payloadsOf(input)).rejects.toThrow(fit)
  })
})

describe('limits', () => {
  test('an event may have max_value_bytes in RFC 8785 form, and no more', async () => {
    expect(await payloadsOf(`  "${'x'.repeat(8)}"  `, { maxValueBytes: 10 })).toEqual([[null, `"${'x'.repeat(8)}"`]])
    await expect(payloadsOf(`"${'x'.repeat(9)}"`, { maxValueBytes: 10 })).rejects.toThrow(
      'my.ndjson line 1: the event has 11 bytes in RFC 8785 form, max_value_bytes of topic lab.events is 10; shorten it, or raise the limit in arch/msg/index.x07msg.json',
    )
  })

  test('a line that no white space could make so long is not read to its end', async () => {
    await expect(payloadsOf(`1\n${' '.repeat(101)}`, { maxValueBytes: 10 })).rejects.toThrow(
      'my.ndjson line 2: longer than 100 bytes; max_value_bytes of topic lab.events is 10; shorten it, or raise the limit in arch/msg/index.x07msg.json',
    )
  })

  test('as many events as a recording holds, and no more', async () => {
    expect(await payloadsOf('1\n2\n', { maxMessages: 2 })).toHaveLength(2)
    await expect(payloadsOf('1\n\n2\n3\n', { maxMessages: 2 })).rejects.toThrow(
      "my.ndjson line 4: more than 2 events; the policy's max_entries holds no more, split the input",
    )
  })

  test.each(['', '\n\r\n \t\n', '\u{feff}'])('no event at all is a mistake: %j', async (input) => {
    await expect(payloadsOf(input)).rejects.toThrow('my.ndjson: holds no events; give one JSON value a line')
  })
})

test('the key is text as it is, any other value in RFC 8785 form, none for null or nothing', async () => {
  const keyed = ['{"key":"k"}', '{"key":1.0}', '{"key":{"b":1,"a":2}}', '{"key":null}', '{"other":1}', '["key"]']
  expect((await payloadsOf(keyed.join('\n'))).map(([key]) => key)).toEqual([
    'k',
    '1',
    '{"a":2,"b":1}',
    null,
    null,
    null,
  ])
})

test('the report names the source, the number of events and the pointer', async () => {
  const source = eventsOf('1\n2\n', { key: '/a~1b' })
  for await (const _ of source.envelopes()) {
    // Read to the end: only then is the number known.
  }
  expect(source.describe()).toEqual({ source: 'ndjson', messages: 2, key_pointer: '/a~1b' })
})

test('whatever JSON says a value with, its payload is the RFC 8785 form of the value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), async (value, space) => {
      const text = JSON.stringify(value, undefined, space).replaceAll('\n', ' ')
      expect(await payloadsOf(text, { maxValueBytes: 100_000 })).toMatchObject(
        [[expect.anything(), canonicalJson(JSON.parse(text))]].map(([, payload]) => [
          expect.toSatisfy(() => true),
          payload,
        ]),
      )
    }),
    { numRuns: 50 },
  )
})
