import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  commandJson,
  commandReader,
  encodeCommand,
  frameReader,
  protocolHeader,
  readMethod,
  readProperties,
  writeMethod,
  writeProperties,
  type Command,
} from '../../src/protocol/index.ts'
import { bytesOf, commands, methods, plain, properties, written } from './arbitraries.ts'

const publish: Command = {
  type: 'method',
  channel: 1,
  method: {
    name: 'basic.publish',
    args: { ticket: 0, exchange: 'orders', routingKey: 'k', mandatory: true, immediate: false },
  },
  content: { properties: { contentType: 'text/plain', deliveryMode: 2 }, body: [Buffer.from('hello')], bodyBytes: 5 },
}

const publishBytes = Buffer.from(
  [
    '01 0001 00000010 003c 0028 0000 06 6f7264657273 01 6b 01 ce',
    '02 0001 0000001a 003c 0000 0000000000000005 9000 0a 746578742f706c61696e 02 ce',
    '03 0001 00000005 68656c6c6f ce',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
)

describe('commands', () => {
  test('a publish is these bytes', () => {
    expect(encodeCommand(publish)).toEqual(publishBytes)
    expect(commandReader().feed(publishBytes)).toEqual([publish])
    expect(commandJson(publish)).toEqual({
      channel: 1,
      method: 'basic.publish',
      args: { ticket: 0, exchange: 'orders', routingKey: 'k', mandatory: true, immediate: false },
      properties: { contentType: 'text/plain', deliveryMode: 2 },
      body: 'hello',
    })
  })

  test('every method comes back as the same bytes and the same arguments', () => {
    fc.assert(
      fc.property(methods, (method) => {
        const bytes = written((writer) => writeMethod(writer, method))
        const read = readMethod(bytes)
        expect(read).toEqual(method)
        expect(written((writer) => writeMethod(writer, read))).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  test('properties come back as the same bytes', () => {
    fc.assert(
      fc.property(properties, (value) => {
        const bytes = written((writer) => writeProperties(writer, value))
        expect(readProperties(bytes)).toEqual(value)
        for (const cut of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from([0])])]) {
          expect(() => readProperties(cut)).toThrow(expect.objectContaining({ code: 'protocol' }))
        }
      }),
    )
  })

  test('a stream comes back command by command, however its bytes and its bodies are cut', () => {
    fc.assert(
      fc.property(
        fc.array(commands, { maxLength: 5 }),
        fc.integer({ min: 9, max: 60 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (list, frameMax, sizes) => {
          const stream = Buffer.concat([protocolHeader, bytesOf(list, frameMax)])
          const reader = commandReader()
          const seen: Command[] = []
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const end = at + (sizes[turn % sizes.length] ?? 1)
            seen.push(...reader.feed(stream.subarray(at, end)))
            at = end
          }
          expect(seen.slice(1).map(plain)).toEqual(list.map(plain))
          expect(seen[0]).toEqual({ type: 'protocol-header', payload: Buffer.from(protocolHeader) })
          expect(reader.pending).toBe(false)
        },
      ),
    )
  })

  test('contents of two channels may be interleaved', () => {
    const other = Buffer.from(publishBytes)
    const cut = 24
    for (const at of [0, cut, cut + 34]) other.writeUInt16BE(2, at + 1)
    const part = (bytes: Buffer, index: number): Buffer =>
      bytes.subarray([0, cut, cut + 34][index], [cut, cut + 34][index])
    const mixed = [0, 1, 2].flatMap((index) => [part(publishBytes, index), part(other, index)])
    const seen = commandReader().feed(Buffer.concat(mixed))
    expect(seen.map((command) => command.type === 'method' && command.channel)).toEqual([1, 2])
  })

  test('a channel that is closed in the middle of a content is open to the next one', () => {
    const close = encodeCommand({
      type: 'method',
      channel: 1,
      method: { name: 'channel.close', args: { replyCode: 404, replyText: 'gone', classId: 60, methodId: 40 } },
    })
    const seen = commandReader().feed(Buffer.concat([publishBytes.subarray(0, 58), close, publishBytes]))
    expect(seen.map((command) => command.type === 'method' && command.method.name)).toEqual([
      'channel.close',
      'basic.publish',
    ])
  })

  test.each<[string, Buffer, string]>([
    ['another protocol', Buffer.from('HTTP/1.1 400 '), 'read a frame at byte 0: type 72, expected one of 1, 2, 3, 8'],
    [
      'a size that promises gigabytes',
      Buffer.from('010001ffffffff', 'hex'),
      'read a frame at byte 0: 4294967303 bytes, at most 16777216 are allowed',
    ],
    [
      'a frame end that was changed',
      Buffer.concat([publishBytes, publishBytes.subarray(0, 23), Buffer.from([0])]),
      'read a frame at byte 71: it ends with 0x00, expected 0xce',
    ],
    [
      'a method that does not exist',
      Buffer.from('01000100000004003c0063ce', 'hex'),
      'read a method: class 60 has no method 99',
    ],
    [
      'bits without a meaning',
      Buffer.from('0100010000000500140014 02 ce'.replaceAll(' ', ''), 'hex'),
      'read channel.flow: bits 0x2 have no meaning',
    ],
    [
      'bytes after the arguments',
      Buffer.from('0100010000000500140029 00 ce'.replaceAll(' ', ''), 'hex'),
      'read channel.close-ok: 1 bytes too many from byte 4',
    ],
    [
      'a body that nothing announced',
      publishBytes.subarray(58),
      'read channel 1: a body frame where a method was expected',
    ],
    [
      'a body twice',
      Buffer.concat([publishBytes.subarray(0, 24), publishBytes.subarray(58)]),
      'read channel 1: a body frame where a content header was expected',
    ],
  ])('%s is told with its place', (_title, bytes, message) => {
    expect(() => commandReader().feed(bytes)).toThrow(expect.objectContaining({ code: 'protocol', message }))
  })

  test('a body longer than its header said, or than is allowed, is refused', () => {
    const longer = Buffer.from(publishBytes)
    longer.writeBigUInt64BE(4n, 24 + 11)
    expect(() => commandReader().feed(longer)).toThrow('read a body on channel 1: 5 bytes, the header said 4')
    expect(() => commandReader({ maxBodyBytes: 4 }).feed(publishBytes)).toThrow(
      'read a content header: a body of 5 bytes, at most 4 are allowed',
    )
  })

  test('no password of the handshake is shown', () => {
    const startOk: Command = {
      type: 'method',
      channel: 0,
      method: {
        name: 'connection.start-ok',
        args: { clientProperties: [], mechanism: 'PLAIN', response: '\0guest\0hidden', locale: 'en_US' },
      },
    }
    expect(JSON.stringify(commandJson(startOk))).not.toContain('hidden')
    expect(commandReader().feed(encodeCommand(startOk))).toEqual([startOk])
  })

  test('a frame that comes in many pieces is joined once', () => {
    const frame = encodeCommand({
      ...publish,
      content: { properties: {}, body: [Buffer.alloc(1_000)], bodyBytes: 1_000 },
    })
    const reader = frameReader()
    const frames = [...frame].flatMap((byte) => reader.feed(Uint8Array.of(byte)))
    expect(frames.map(({ type }) => type)).toEqual(['method', 'header', 'body'])
    expect(reader.pendingBytes).toBe(0)
  })
})
