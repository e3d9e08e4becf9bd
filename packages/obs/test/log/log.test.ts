import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLog, type LogOptions } from '../../src/index.ts'

const clock = () => new Date(0)

function logged(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  return { lines, log: createLog({ sink: (line) => lines.push(line), clock, ...options }) }
}

describe('a line', () => {
  test('is for people by default', () => {
    const { lines, log } = logged()
    log.info('connect to rabbitmq', { host: '127.0.0.1', attempt: 2, note: 'two words', empty: '', left: undefined })
    expect(lines).toEqual([
      '1970-01-01T00:00:00.000Z info connect to rabbitmq host=127.0.0.1 attempt=2 note="two words" empty=""',
    ])
  })

  test('is a JSON object in the format json', () => {
    const { lines, log } = logged({ format: 'json' })
    log.warn('retry', { waitMs: 250 })
    log.error('give up')
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"retry","fields":{"waitMs":250}}',
      '{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"give up"}',
    ])
  })

  test('has no time without a clock', () => {
    const lines: string[] = []
    createLog({ sink: (line) => lines.push(line) }).info('start')
    expect(lines).toEqual(['info start'])
  })

  test('below the level is not written', () => {
    const { lines, log } = logged({ level: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z warn c'])
  })

  test('of a child has the fields of both, its own first of all', () => {
    const { lines, log } = logged()
    log.child({ run: 1, step: 'a' }).child({ step: 'b' }).info('go', { at: 3 })
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z info go run=1 step=b at=3'])
  })

  test.for(['json', 'text'] as const)('stays one line without control characters, as %s', (format) => {
    const { lines, log } = logged({ format })
    log.info('a\nb\u001b[2J\u0085\u2028\u007f', { 'c\r\nd': 'e\u0000' })
    expect(lines.join('')).not.toMatch(/[^\u0020-\u007e]/)
    expect(lines).toHaveLength(1)
  })
})

describe('a value in a field', () => {
  test.for<[string, unknown, string]>([
    ['bytes, by their number', new Uint8Array([1, 2, 3]), '(3 bytes)'],
    ['a buffer, by its number of bytes', Buffer.from('payload'), '(7 bytes)'],
    ['a 64-bit integer, as text', 2n ** 63n, '9223372036854775808'],
    ['a number that JSON has not', Number.NaN, 'NaN'],
    ['a function, by its type', () => 1, '(function)'],
  ])('shows %s', ([, value, shown]) => {
    const { lines, log } = logged({ format: 'json' })
    log.info('x', { value })
    expect(JSON.parse(lines[0] ?? '').fields.value).toBe(shown)
  })

  test('shows an error without its stack, with its code and cause', () => {
    const { lines, log } = logged({ format: 'json' })
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    log.error('x', { error: new TypeError('open the channel', { cause }) })
    expect(JSON.parse(lines[0] ?? '').fields).toEqual({
      error: {
        name: 'TypeError',
        message: 'open the channel',
        cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      },
    })
  })

  test('stops at a depth, so that a value that holds itself is written', () => {
    const { lines, log } = logged({ format: 'json' })
    const loop: { self?: unknown } = {}
    loop.self = loop
    log.info('x', { loop })
    expect(lines[0]).toContain('"loop":{"self":{"self":{"self":{"self":{"self":{"self":"(too deep)"}}}}}}')
  })
})

describe('a secret', () => {
  const secret = 'p@ss/w"rd'
  test.for<[string, unknown]>([
    ['in a text', `amqp://user:${secret}@host`],
    ['percent-encoded in a URL', `amqp://user:${encodeURIComponent(secret)}@host`],
    ['percent-encoded in lower case', 'amqp://user:p%40ss%2fw%22rd@host'],
    ['in Base64', `Basic ${Buffer.from(secret).toString('base64')}`],
    ['in JSON text', JSON.stringify({ password: secret })],
    ['in a list in an object', { list: [secret] }],
    ['as a name', { [secret]: 1 }],
    ['in an error', new Error(`refused ${secret}`)],
    ['in a cause', new Error('refused', { cause: new Error(secret) })],
  ])('does not reach the sink %s', ([, value]) => {
    for (const format of ['json', 'text'] as const) {
      const { lines, log } = logged({ format, secrets: [secret] })
      log.info(`with ${secret}`, { value, [secret]: secret })
      const forms = [
        secret,
        encodeURIComponent(secret),
        'p%40ss%2fw%22rd',
        'p@ss/w\\"rd',
        Buffer.from(secret).toString('base64'),
      ]
      for (const form of forms) expect(lines[0]).not.toContain(form)
      expect(lines[0]).toContain('with [redacted]')
    }
  })

  test('of digits does not reach the sink as a number', () => {
    const { lines, log } = logged({ secrets: ['1234'] })
    log.info('x', { pin: 1234, big: 991_234n, other: 5 })
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z info x pin=[redacted] big=[redacted] other=5'])
  })

  test('that holds another one goes as a whole', () => {
    const { lines, log } = logged({ secrets: ['red', 'red.*apple'] })
    log.info('a red.*apple, red, redacted')
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z info a [redacted], [redacted], [redacted]acted'])
  })

  test('that is empty takes nothing away', () => {
    const { lines, log } = logged({ secrets: [''] })
    log.info('ab')
    expect(lines).toEqual(['1970-01-01T00:00:00.000Z info ab'])
  })

  test('is in no line, whatever it is and wherever it stands', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 4 }).filter((text) => !/^[\w\s:."{},[\]-]*$/.test(text))
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        const { lines, log } = logged({ format: 'json', secrets: [secret] })
        log.info(before + secret + after, { list: [before + secret, { [secret + after]: secret }] })
        expect(JSON.stringify(JSON.parse(lines[0] ?? ''))).not.toContain(JSON.stringify(secret).slice(1, -1))
      }),
    )
  })
})
