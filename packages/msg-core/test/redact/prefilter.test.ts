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

test('no message has more bytes without its secrets than is said beforehand', () => {
  const redactors = [
    {},
    { token: 'x' },
    { token: '[left out by the rules]'.replaceAll(' ', '_') },
    { salt: Buffer.alloc(16) },
  ].map((rules) => createRedactor({ ...defaultRules, ...rules }))
  const value = fc.oneof(
    fc.constantFrom('', '1', '{}', '[]', '""', 'null', '"\\""', '"a@b://c:d@"', 'Bearer 12345678'),
    secret,
  )
  const member = fc
    .tuple(fc.oneof(name, escaped), value)
    .map(([key, one]) => `"${key}":${one.startsWith('"') ? one : `"${one}"`}`)
  const body = fc.oneof(
    fc.array(member, { maxLength: 6 }).map((members) => `{${members.join(',')}}`),
    fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => pairs.map((pair) => pair.join('=')).join('&')),
  )
  const header = fc
    .tuple(
      name,
      fc.oneof(
        body,
        value,
        fc.constant(null),
        fc.constant({ type: 'table', value: { token: '', a: { password: 1 } } }),
      ),
    )
    .map(([key, one]): Header => [key, one])
  fc.assert(
    fc.property(body, fc.array(header, { maxLength: 3 }), value, (text, headers, userId) => {
      const properties = { userId, authorization: '' }
      const message = { topic: '', key: Buffer.from(''), value: Buffer.from(text), headers, properties }
      const envelope = encodeEnvelope(message)
      for (const redactor of redactors) {
        expect(redactor.envelope(envelope).length).toBeLessThanOrEqual(redactor.mostBytes(envelope.length))
      }
    }),
    { numRuns: 500 },
  )
})

test('where the rules have no bound, none is said', () => {
  for (const rules of [
    { token: 'a b' },
    { token: 'x=1' },
    { pointers: ['/a'] },
    { patterns: ['a'] },
    { keys: 'token' as const },
  ]) {
    expect(createRedactor({ ...defaultRules, ...rules }).mostBytes(1)).toBe(Number.POSITIVE_INFINITY)
  }
})
