import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { encodeCommand, protocolHeader } from '../../src/protocol/index.ts'
import { commandCutter } from '../../src/socket/command-cutter.ts'
import { encodeStored, storedReader } from '../../src/socket/stored.ts'

const publish = (channel: number, body: Buffer): Buffer =>
  encodeCommand(
    {
      type: 'method',
      channel,
      method: {
        name: 'basic.publish',
        args: { ticket: 0, exchange: 'orders', routingKey: 'new', mandatory: true, immediate: false },
      },
      content: { properties: { contentType: 'text/plain' }, body: [body], bodyBytes: body.length },
    },
    4_096,
  )
const ack = (channel: number): Buffer =>
  encodeCommand({
    type: 'method',
    channel,
    method: { name: 'basic.ack', args: { deliveryTag: 1n, multiple: false } },
  })

/** Frames of a content with those of another channel in between. */
function interleaved(one: Buffer, other: Buffer): Buffer {
  const end = 7 + one.readUInt32BE(3) + 1
  return Buffer.concat([one.subarray(0, end), other, one.subarray(end)])
}

const command = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map(ack),
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.nat({ max: 9_000 }))
    .map(([channel, size]) => publish(channel, Buffer.alloc(size, 'abc'))),
  fc.nat({ max: 200 }).map((size) => interleaved(publish(4, Buffer.alloc(size, 'x')), publish(5, Buffer.alloc(9)))),
  fc.constant(Buffer.of(8, 0, 0, 0, 0, 0, 0, 0xce)),
)

type Told = readonly (string | readonly [channel: number, stored: string])[]

function toldBy(
  chunks: readonly Buffer[],
  feed: (chunk: Buffer, tell: (channel: number, stored: Buffer) => void) => void,
): Told {
  const told: (string | readonly [number, string])[] = []
  try {
    for (const chunk of chunks) feed(chunk, (channel, stored) => told.push([channel, stored.toString('latin1')]))
  } catch (error) {
    told.push(String(error))
  }
  return told
}

test('cuts what the reader of commands reads, however the bytes are split, and says the same of bytes that are not AMQP', () => {
  const damage = fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { nil: undefined })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), fc.array(fc.nat()), damage, (commands, cuts, damaged) => {
      const bytes = Buffer.concat([protocolHeader, ...commands])
      if (damaged !== undefined) bytes[damaged[0] % bytes.length] = damaged[1]
      const places = [0, ...cuts.map((at) => at % bytes.length).toSorted((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
      const reader = storedReader()
      const expected = toldBy(chunks, (chunk, tell) => {
        for (const one of reader.feed(chunk)) tell(one.channel, encodeStored(one))
      })
      let tell: (channel: number, stored: Buffer) => void = () => undefined
      const cut = commandCutter((channel, stored) => tell(channel, stored))
      const seen = toldBy(chunks, (chunk, telling) => {
        tell = telling
        cut(chunk)
      })
      // Of a chunk with damage the reader tells nothing, and the cutter what comes before it.
      const [error] = expected.slice(-1)
      if (typeof error === 'string') {
        expect(seen.at(-1)).toBe(error)
        expect(seen.slice(0, expected.length - 1)).toEqual(expected.slice(0, -1))
      } else expect(seen).toEqual(expected)
    }),
    { numRuns: 1_000 },
  )
})
