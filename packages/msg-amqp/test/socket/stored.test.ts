import { expect, test } from 'vitest'

import { encodeCommand, type Command } from '../../src/protocol/index.ts'
import { frameStored, storedReader } from '../../src/socket/stored.ts'

const publish = (body: Buffer): Command => ({
  type: 'method',
  channel: 3,
  method: {
    name: 'basic.publish',
    args: { ticket: 0, exchange: 'orders', routingKey: 'new', mandatory: true, immediate: false },
  },
  content: { properties: { contentType: 'text/plain' }, body: [body], bodyBytes: body.length },
})

test.each([
  ['no body', 0, 0],
  ['a body of one frame', 100, 4_096],
  ['a body that fills its frame', 4_088, 4_096],
  ['one byte more', 4_089, 4_096],
  ['a body of many frames', 100_000, 4_096],
  ['no bound', 100_000, 0],
])('a stored command has the frames that a broker gives it: %s', (_, size, frameMax) => {
  const body = Buffer.alloc(size, 'abc')
  const bytes = encodeCommand(publish(body), frameMax)
  const [stored] = storedReader().feed(bytes)
  expect(frameStored(3, stored!, frameMax)).toEqual(bytes)
})
