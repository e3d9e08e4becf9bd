import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  correlationIdOf,
  decodeRequest,
  encodeRequest,
  encodeResponse,
  FrameSplitter,
  looksLikeRequest,
  responseBody,
} from '../../src/protocol/index.ts'

const request = encodeRequest(
  { apiKey: 18, version: 3, correlationId: 7, clientId: 'me' },
  Buffer.from('0201610000', 'hex'),
)

describe('frames', () => {
  test('come out the same however the bytes were split', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 })
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (bodies, sizes) => {
        const stream = Buffer.concat(
          bodies.flatMap((body) => {
            const size = Buffer.alloc(4)
            size.writeInt32BE(body.length)
            return [size, body]
          }),
        )
        const splitter = new FrameSplitter()
        const seen: string[] = []
        for (let at = 0; at < stream.length;) {
          const chunk = stream.subarray(at, at + sizes.next().value)
          at += chunk.length
          for (const frame of splitter.push(chunk)) seen.push(frame.toString('hex'))
        }
        expect(seen).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')))
        expect(splitter.held).toBe(0)
      }),
    )
  })

  test('of a size that cannot be are refused before anything is kept', () => {
    expect(() => [...new FrameSplitter().push(Buffer.from('ffffffff', 'hex'))]).toThrow('size -1 is negative')
    expect(() => [...new FrameSplitter().push(Buffer.from('7fffffff', 'hex'))]).toThrow('size 2147483647 exceeds')
  })
})

describe('headers', () => {
  test('of a flexible request carry tagged fields, those of an answer to ApiVersions never do', () => {
    expect(request.toString('hex')).toBe('00000012001200030000000700026d65000201610000')
    expect(decodeRequest(request.subarray(4))).toMatchObject({
      apiKey: 18,
      version: 3,
      correlationId: 7,
      clientId: 'me',
      body: Buffer.from('0201610000', 'hex'),
    })
    const plain = encodeResponse({ apiKey: 18, version: 3, correlationId: 7 }, Buffer.from('aa', 'hex'))
    expect(plain.toString('hex')).toBe('0000000500000007aa')
    const tagged = encodeResponse({ apiKey: 12, version: 4, correlationId: 7 }, Buffer.from('aa', 'hex'))
    expect(tagged.toString('hex')).toBe('000000060000000700aa')
    expect(correlationIdOf(tagged.subarray(4))).toBe(7)
    expect(responseBody({ apiKey: 12, version: 4 }, tagged.subarray(4)).toString('hex')).toBe('aa')
  })

  test('are told from other protocols by at most 14 bytes', () => {
    for (let length = 0; length < 14; length++) expect(looksLikeRequest(request.subarray(0, length))).toBe('more')
    expect(looksLikeRequest(request.subarray(0, 14))).toBe('yes')
    expect(looksLikeRequest(Buffer.from('AMQP\0\0\x09\x01'))).toBe('no')
    expect(looksLikeRequest(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('no')
    expect(looksLikeRequest(Buffer.from('160301020001', 'hex'))).toBe('no')
  })
})
