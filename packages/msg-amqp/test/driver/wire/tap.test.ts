import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameFilter, tapConnection } from '../../../src/driver/wire/tap.ts'

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7)
  head.writeUInt8(type, 0)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}

/** basic.deliver of consumer `c` from exchange `x` with routing key `k<tag>`. */
function deliver(channel: number, tag: number): Buffer {
  const tagBytes = Buffer.alloc(8)
  tagBytes.writeBigUInt64BE(BigInt(tag))
  const key = Buffer.from(`k${tag}`)
  const fields = [Buffer.from([0, 60, 0, 60, 1, 0x63]), tagBytes, Buffer.from([0, 1, 0x78, key.length]), key]
  return frame(1, channel, Buffer.concat(fields))
}

/** A content header whose property bytes are `properties`. */
function header(channel: number, properties: string): Buffer {
  return frame(2, channel, Buffer.concat([Buffer.from([0, 60, 0, 0]), Buffer.alloc(8), Buffer.from(properties)]))
}

const basicReturn = frame(1, 1, Buffer.from([0, 60, 0, 50]))
const openOk = frame(1, 1, Buffer.from([0, 20, 0, 11, 0, 0, 0, 0]))
const body = frame(3, 1, Buffer.alloc(300, 0xce))
const heartbeat = frame(8, 0, Buffer.alloc(0))

const stream = Buffer.concat([
  heartbeat,
  deliver(1, 1),
  header(1, 'one'),
  body,
  basicReturn,
  header(1, 'returned'),
  deliver(2, 1),
  deliver(1, 2),
  header(2, 'other channel'),
  header(1, 'two'),
  body,
])

/** The same as amqplib sees it: no message has properties. */
const withoutFlags = Buffer.from(stream)
for (const flags of ['one', 'returned', 'other channel', 'two'])
  withoutFlags.fill(0, stream.indexOf(flags), stream.indexOf(flags) + 2)

describe('the tap on a connection', () => {
  test('tells a frame that is longer than agreed at once, and nothing of what comes after the end', () => {
    const tap = frameFilter(4096)
    const long = Buffer.from([1, 0, 1, 0, 0, 0x10, 1])
    expect(tap.feed(Buffer.from([1, 0, 1, 0, 0, 0x10, 0]))).toHaveLength(0)
    expect(() => frameFilter(4096).feed(long)).toThrow(
      'read a frame of type 1: length 4097 exceeds frame_max 4096; bytes were lost or changed on the way',
    )
    tap.end()
    expect(tap.feed(long)).toBe(long)
  })

  test('finds each delivery however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const tap = frameFilter()
        const bytes = Buffer.from(stream)
        const passed: Buffer[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          passed.push(Buffer.from(tap.feed(bytes.subarray(at, at + size))))
          at += size
        }
        expect(
          [tap.next(1, 1), tap.next(1, 2), tap.next(2, 1)].map(({ routingKey, properties }) => [
            String(routingKey),
            String(properties),
          ]),
        ).toEqual([
          ['k1', 'one'],
          ['k2', 'two'],
          ['k1', 'other channel'],
        ])
        expect(String(tap.nextReturned(1))).toBe('returned')
        expect(Buffer.concat(passed)).toEqual(withoutFlags)
      }),
    )
  })

  test('forgets what a channel left behind when its number is used anew', () => {
    const tap = frameFilter()
    tap.feed(Buffer.concat([deliver(1, 1), header(1, 'old'), openOk, deliver(1, 1), header(1, 'new')]))
    expect(String(tap.next(1, 1).properties)).toBe('new')
  })

  test('never takes one delivery for another', () => {
    const tap = frameFilter()
    tap.feed(Buffer.concat([deliver(1, 1), header(1, 'one')]))
    expect(() => tap.next(1, 2)).toThrow('read delivery 2: its content header was not seen on the connection')
    expect(() => tap.next(3, 1)).toThrow('read delivery 1: its content header was not seen on the connection')
  })

  test('begins with what the client has not parsed yet, and gives the client every byte', () => {
    const bytes = Buffer.from(stream)
    const chunks = [bytes.subarray(10, 12), bytes.subarray(12, 50), bytes.subarray(50)]
    const connection = {
      frameMax: 131_072,
      rest: bytes.subarray(0, 10),
      stream: { read: () => chunks.shift() ?? null },
    }
    const tap = tapConnection(connection)
    const seen = [connection.rest]
    for (let chunk = connection.stream.read(); chunk !== null; chunk = connection.stream.read()) seen.push(chunk)
    expect(Buffer.concat(seen)).toEqual(withoutFlags)
    expect(String(tap.next(1, 1).properties)).toBe('one')
  })

  test('a client built in another way is refused at once', () => {
    expect(() => tapConnection({})).toThrow(
      expect.objectContaining({
        code: 'protocol',
        message: 'open broker: this version of amqplib keeps its socket elsewhere; use the pinned one',
      }),
    )
  })
})
