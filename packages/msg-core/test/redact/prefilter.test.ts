import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeEnvelope, type Header } from '../../src/index.ts'
import { createRedactor, defaultRules } from '../../src/redact/index.ts'

const quick = createRedactor(defaultRules)
/** The same rules, and a pointer that leads nowhere: with pointers every message is looked through whole. */
const careful = createRedactor({ ...defaultRules, pointers: ['/there/is/no/such/place'] })

const pieces = fc.constantFrom(
  'token',
  'Token',
  'TO',
  'ken',
  'passwd',
  'x-api-key',
  'private_key',
  'authorization',
  'plain',
  '-',
  '_',
  '\u017f',
)
const name = fc.array(pieces, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
const escaped = name.map((text) =>
  text.replace(/[tTp]/, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`),
)
const secret = fc.constantFrom(
  'Bearer abcdefgh',
  'basic abcdefgh',
  'amqp://a:b@c',
  'AMQP://a:b@c',
  'https://a',
  'x',
  '',
)
const json = fc.oneof(name, escaped).chain((key) => secret.map((value) => `{"n":1,"${key}":"${value}"}`))
const text = fc.oneof(
  json,
  secret,
  fc.tuple(name, secret).map(([key, value]) => `a=1&${key}=${value}`),
)

test('what a quick look passes over is what a whole one leaves as it is', () => {
  const header = fc.tuple(name, text).map(([key, value]): Header => [key, value])
  fc.assert(
    fc.property(text, fc.array(header, { maxLength: 2 }), secret, (value, headers, userId) => {
      const properties = { userId }
      const message = { topic: 't', key: Buffer.from('k'), value: Buffer.from(value), headers, properties }
      const envelope = encodeEnvelope(message)
      expect(Buffer.from(quick.envelope(envelope))).toEqual(Buffer.from(careful.envelope(envelope)))
      expect(Buffer.from(quick.payload(message.value))).toEqual(Buffer.from(careful.payload(message.value)))
    }),
    { numRuns: 2_000 },
  )
})
