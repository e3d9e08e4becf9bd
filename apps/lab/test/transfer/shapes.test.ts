import { decodeEnvelope, encodeEnvelope, type Header, type Message } from '@x07-lab/msg-core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consoleConsumer } from '../../src/transfer/console-consumer.ts'
import { FormError, type Carried, type LineForm } from '../../src/transfer/form.ts'
import { kcat } from '../../src/transfer/kcat.ts'
import { ndjson } from '../../src/transfer/ndjson.ts'
import { firehose, fromRabtap, toRabtap } from '../../src/transfer/rabbit.ts'

// Messages as other tools write them, of any shape: what comes in is what they meant, and goes out as the same.

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const bytes = fc.oneof(
  fc.constant(null),
  text.map((one) => Buffer.from(one)),
  fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one)),
)
const plainBytes = fc.oneof(
  fc.constant(null),
  text.map((one) => Buffer.from(one)),
)
const topic = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/)
const name = fc.oneof(text, fc.constantFrom('a', '__proto__', 'toString', 'content-type'))
const runs = { numRuns: 300 }

function headersOf(value: fc.Arbitrary<Header[1]>): fc.Arbitrary<Header[]> {
  return fc.array(fc.tuple(name, value), { maxLength: 4 }) as fc.Arbitrary<Header[]>
}

/** What a cassette holds of it. */
function stored(message: Message): Message {
  return decodeEnvelope(encodeEnvelope(message))
}

function readLine(form: LineForm, line: string | Uint8Array, given?: string): Carried {
  const carried = form.read?.(Buffer.from(line), 1, given)
  if (carried === undefined) throw new Error('the line holds no message')
  return carried
}

function written(form: LineForm, carried: Carried): { readonly lines: string[]; readonly lost: string[] } {
  const lost: string[] = []
  const lines = [...(form.write?.([carried], (_, what) => lost.push(what)) ?? [])]
  return { lines, lost }
}

describe('messages of any shape', () => {
  test('in NDJSON come back as they were, bytes and all', () => {
    const value = fc.oneof(
      text,
      fc.constant(null),
      fc.uint8Array({ maxLength: 10 }).map((one) => Buffer.from(one)),
    )
    fc.assert(
      fc.property(topic, bytes, bytes, headersOf(value), (of, key, body, headers) => {
        const message = stored({ topic: of, key, value: body, headers })
        const { lines, lost } = written(ndjson, { message, metadata: { offset: '7', partition: 3 }, where: 'entry 0' })
        const back = readLine(ndjson, lines[0] ?? '')
        expect(stored(back.message)).toEqual(message)
        expect(back.metadata).toEqual({ offset: '7', partition: 3 })
        expect(lost).toEqual([])
      }),
      runs,
    )
  })

  test("in kcat's JSON, with any partition, offset and time, come in and go out the same", () => {
    const place = fc.record({
      partition: fc.oneof(fc.constantFrom(-1, 0, 2 ** 31 - 1), fc.nat()),
      offset: fc.oneof(fc.constantFrom(-1, 0, 2 ** 53 - 1), fc.nat()),
      time: fc.oneof(
        fc.constant({ tstype: 'unknown', ts: 0 }),
        fc.nat().map((ts) => ({ tstype: 'create', ts })),
        fc.nat().map((ts) => ({ tstype: 'logappend', ts })),
      ),
    })
    const headers = headersOf(fc.oneof(text, fc.constant(null)))
    fc.assert(
      fc.property(
        topic,
        plainBytes,
        plainBytes,
        headers,
        place,
        (of, key, value, pairs, { partition, offset, time }) => {
          const line = JSON.stringify({
            topic: of,
            partition,
            offset,
            ...time,
            broker: 1,
            ...(pairs.length === 0 ? {} : { headers: pairs.flat() }),
            key: key?.toString() ?? null,
            payload: value?.toString() ?? null,
          })
          const carried = readLine(kcat, line)
          const message = stored({ topic: of, key, value, headers: pairs })
          expect(stored(carried.message)).toEqual(message)
          expect(carried.metadata).toEqual({
            ...(offset < 0 ? {} : { offset: String(offset) }),
            ...(partition < 0 ? {} : { partition }),
            ...(time.tstype === 'unknown' ? {} : { timestamp: String(time.ts) }),
          })
          const { lines, lost } = written(kcat, { ...carried, message: stored(carried.message) })
          const again = readLine(kcat, lines[0] ?? '')
          const nulls = pairs.filter(([, held]) => held === null)
          expect(lost).toEqual(nulls.map(([header]) => `header ${header}, which is null`))
          expect(again.metadata).toEqual(carried.metadata)
          expect(stored(again.message)).toEqual(
            stored({ ...message, headers: message.headers.filter(([, held]) => held !== null) }),
          )
        },
      ),
      runs,
    )
  })

  test('as the console consumer prints them, whichever fields were asked for', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/)
    const shape = fc.record({
      time: fc.constantFrom('', 'CreateTime:17', 'LogAppendTime:18', 'NO_TIMESTAMP'),
      partition: fc.constantFrom('', 'Partition:0', 'Partition:31'),
      offset: fc.constantFrom('', 'Offset:0', 'Offset:9007199254740991'),
      delivery: fc.constantFrom('', 'Delivery:1', 'Delivery:NOT_PRESENT'),
      epoch: fc.constantFrom('', 'Epoch:0', 'Epoch:NOT_PRESENT'),
      headers: fc.oneof(
        fc.constantFrom('', 'NO_HEADERS'),
        fc
          .array(fc.tuple(word, fc.oneof(word, fc.constantFrom('', 'null'))), { minLength: 1, maxLength: 3 })
          .map((all) => all.map((pair) => pair.join(':')).join(',')),
      ),
      key: fc.oneof(fc.constantFrom(undefined, 'null', ''), word),
      value: fc.oneof(
        fc.constantFrom('null', ''),
        word,
        fc.tuple(word, word).map((pair) => pair.join('\t')),
      ),
    })
    fc.assert(
      fc.property(shape, ({ time, partition, offset, delivery, epoch, headers, key, value }) => {
        // A value with a tab is one only where a key stands before it.
        fc.pre(key !== undefined || !value.includes('\t'))
        const told = [time, partition, offset, delivery, epoch, headers].filter((field) => field !== '')
        const line = [...told, ...(key === undefined ? [] : [key]), value].join('\t')
        fc.pre(line !== '')
        const { message, metadata } = readLine(consoleConsumer, line, 'orders')
        const bytesOf = (field: string) => (field === 'null' ? null : Buffer.from(field))
        expect(message).toEqual({
          topic: 'orders',
          key: key === undefined ? null : bytesOf(key),
          value: bytesOf(value),
          headers:
            headers === '' || headers === 'NO_HEADERS'
              ? []
              : headers.split(',').map((pair) => {
                  const [header = '', held = ''] = pair.split(':')
                  return [header, held === 'null' ? null : held]
                }),
        })
        expect(metadata).toEqual({
          ...(offset === '' ? {} : { offset: offset.slice(7) }),
          ...(partition === '' ? {} : { partition: Number(partition.slice(10)) }),
          ...(/\d/.test(time) ? { timestamp: time.slice(time.indexOf(':') + 1) } : {}),
        })
      }),
      runs,
    )
  })

  test("in rabtap's files: body, routing key, headers and properties", () => {
    const properties = fc.record(
      {
        priority: fc.integer({ min: 1, max: 255 }),
        correlationId: text.filter((one) => one !== ''),
        expiration: fc.constant('60000'),
      },
      { requiredKeys: [] },
    )
    const headers = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-zA-Z_-]{1,12}$/), fc.oneof(text, fc.constant(null))),
      {
        selector: ([header]) => header,
        maxLength: 4,
      },
    )
    fc.assert(
      fc.property(
        topic,
        text,
        bytes.filter((one) => one !== null),
        headers,
        properties,
        (exchange, key, value, table, held) => {
          fc.pre(!table.some(([header]) => header === '__proto__'))
          const message = stored({
            topic: exchange,
            key: Buffer.from(key),
            value,
            headers: table,
            ...(Object.keys(held).length === 0 ? {} : { properties: held }),
          })
          const lost: string[] = []
          const carried = { message, metadata: { exchange }, where: 'entry 0' }
          const file = toRabtap(carried, '2026-11-30T00:00:00Z', (_, what) => lost.push(what))
          const back = stored(fromRabtap(file, undefined, 'rabtap-1.json').message)
          const sorted = (all: readonly Header[]) => [...all].sort(([a], [b]) => (a < b ? -1 : 1))
          expect({ ...back, headers: sorted(back.headers), properties: back.properties ?? {} }).toEqual({
            ...message,
            headers: sorted(message.headers),
            properties: message.properties ?? {},
          })
          expect(lost).toEqual([])
        },
      ),
      runs,
    )
  })
})

describe('lines that no tool writes', () => {
  const forms = { kcat, ndjson, firehose, consoleConsumer }
  const anything = fc.oneof(
    fc.json(),
    fc
      .dictionary(
        fc.constantFrom(
          'topic',
          'key',
          'value',
          'payload',
          'headers',
          'properties',
          'type',
          'exchange',
          'routing_keys',
        ),
        fc.jsonValue(),
      )
      .map((object) => JSON.stringify({ topic: 't', ...object })),
    text,
    fc.uint8Array({ maxLength: 60 }),
  )

  test.for(Object.keys(forms) as (keyof typeof forms)[])('are refused in words by %s, or are a message', (which) => {
    fc.assert(
      fc.property(anything, (line) => {
        const bytesOfLine = Buffer.from(line as Uint8Array)
        try {
          const carried = forms[which].read?.(bytesOfLine, 1, 'orders')
          if (carried !== undefined) expect(carried.where).toBe('line 1')
        } catch (error) {
          expect(error).toBeInstanceOf(FormError)
        }
      }),
      { numRuns: 500 },
    )
  })

  test.for([
    [kcat, '{"topic":"t","payload":"\\ud800"}', 'line 1: it holds half of a surrogate pair, which no bytes are'],
    [
      kcat,
      '{"topic":"t","headers":["a",{"b":1}]}',
      'line 1: "headers" must be a list of names and values in turn, each of them text',
    ],
    [ndjson, Buffer.from([0x7b, 0xff, 0x7d]), 'line 1: it is not UTF-8: bytes that are not text are {"base64"}'],
    [
      ndjson,
      '{"topic":"t","payload":"x"}',
      'line 1: unknown field "payload"; a message has topic, key, value, headers, properties, metadata',
    ],
    [ndjson, '{"topic":"t","properties":5}', 'line 1: "properties" must be an object'],
    [firehose, Buffer.from([0xff]), 'line 1: it is not UTF-8'],
  ] as const)('%#: are told what is wrong with them', ([form, line, told]) => {
    expect(() => readLine(form, line)).toThrow(told)
  })
})
