import { createRedactor, joinRules } from '@x07-lab/msg-core/redact'
import { expect, test } from 'vitest'
import { encodeCommand, type FieldTable, type Method, type Properties } from '../../src/protocol/index.ts'
import { amqpProtocol } from '../../src/socket/index.ts'
import { redactCommand } from '../../src/socket/redact-command.ts'
import { decodeStored, storedReader, type StoredCommand } from '../../src/socket/stored.ts'

const canary = 'canary-7QfVx2LmZ9'
const salt = Buffer.from('sixteen characters and more')
const redactor = createRedactor(joinRules())
const text = (value: string) => ({ tag: 'S', value }) as const

const publish: Method = {
  name: 'basic.publish',
  args: { ticket: 0, exchange: 'orders', routingKey: 'new', mandatory: false, immediate: false },
} as unknown as Method

function command(properties: Properties, body = '{}', method = publish): StoredCommand {
  const bytes = Buffer.from(body)
  const content = method === publish ? { content: { properties, body: [bytes], bodyBytes: bytes.length } } : {}
  const [stored] = storedReader().feed(encodeCommand({ type: 'method', channel: 1, method, ...content }))
  return stored!
}

const headers = (...fields: FieldTable): Properties => ({ headers: fields })

test.each<[place: string, StoredCommand]>([
  ['a body', command({}, `{"a":{"password":"${canary}"}}`)],
  ['an address in a body', command({}, `see amqp://me:${canary}@host/`)],
  ['a header', command(headers(['X-Api-Key', text(canary)]))],
  ['a header of bytes', command(headers(['x-token', { tag: 'x', value: Buffer.from(canary) }]))],
  ['a table', command(headers(['t', { tag: 'F', fields: [['password', text(canary)]] }]))],
  ['an array', command(headers(['t', { tag: 'A', items: [text(`Bearer ${canary}`)] }]))],
  ['JSON in a header', command(headers(['meta', text(`{"secret":"${canary}"}`)]))],
  ['a property', command({ replyTo: `amqp://me:${canary}@host` })],
  [
    'the arguments of a queue',
    command({}, '', {
      name: 'queue.declare',
      args: {
        ticket: 0,
        queue: 'q',
        passive: false,
        durable: true,
        exclusive: false,
        autoDelete: false,
        noWait: false,
        arguments: [['x-password', text(canary)]],
      },
    } as unknown as Method),
  ],
])('%s is without its secret, and again the same when it goes through once more', (_, before) => {
  const after = redactCommand(before, redactor)
  expect(Buffer.concat([before.method, before.header, before.body]).includes(canary)).toBe(true)
  expect(Buffer.concat([after.method, after.header, after.body]).includes(canary)).toBe(false)
  expect(redactCommand(after, redactor)).toEqual(after)
  if (after.header.length > 0) expect(Number(after.header.readBigUInt64BE(4))).toBe(after.body.length)
})

test('a command without secrets is the same object', () => {
  const plain = command(headers(['trace', text('1')], ['n', { tag: 'l', value: 9_007_199_254_740_993n }]), '{"a":1}')
  expect(redactCommand(plain, redactor)).toBe(plain)
})

test('headers that cannot be read stand as they are, and the body is without its secret all the same', () => {
  const before = command(headers(['a', text('b')]), `{"password":"${canary}"}`)
  // A tag that nobody has.
  const header = Buffer.from(before.header.toString('latin1').replace('S', '?'), 'latin1')
  const after = redactCommand({ ...before, header }, redactor)
  expect(after.body.toString()).toBe('{"password":"[redacted]"}')
  expect(Number(after.header.readBigUInt64BE(4))).toBe(after.body.length)
  expect(after.header.subarray(12)).toEqual(header.subarray(12))
})

test('with a salt equal values have equal pseudonyms, over recordings', () => {
  const salted = createRedactor(joinRules({ salt }))
  const of = (value: string): string => redactCommand(command({}, `{"token":"${value}"}`), salted).body.toString()
  expect(of('one')).toBe(of('one'))
  expect(of('one')).not.toBe(of('two'))
  expect(of('one')).toMatch(/^\{"token":"anon-[0-9a-f]{32}"\}$/)
})

test('what is recorded of a connection is without secrets, in both directions', () => {
  const entries: Buffer[] = []
  const recorder = amqpProtocol.recorder({
    append: ({ req, resp }) => void entries.push(Buffer.concat([req, resp])),
    redactor,
  })
  const connection = recorder.connection({ host: 'broker', port: 5672, tls: false })
  const body = Buffer.from(`{"password":"${canary}"}`)
  const content = {
    properties: { headers: [['authorization', text(canary)]] as const },
    body: [body],
    bodyBytes: body.length,
  }
  const deliver = {
    name: 'basic.deliver',
    args: { consumerTag: 'c', deliveryTag: 1n, redelivered: false, exchange: 'orders', routingKey: 'new' },
  } as Method
  connection.fromClient(encodeCommand({ type: 'method', channel: 1, method: publish, content }))
  connection.fromBroker(encodeCommand({ type: 'method', channel: 1, method: deliver, content }))
  expect(entries).toHaveLength(4)
  for (const entry of entries) expect(entry.includes(canary)).toBe(false)
  expect(decodeStored(entries[3]!).body.toString()).toBe('{"password":"[redacted]"}')
})
