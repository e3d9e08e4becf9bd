import { hasLoopback } from '@x07-lab/msg-core/testing'
import { expect, test } from 'vitest'

import { MAX_ANSWER_BYTES } from '../../../src/brokers/probe/exchange.ts'
import { probe } from '../../../src/brokers/probe/probe.ts'
import { freePort } from '../../../src/brokers/process/free-port.ts'
import { API_VERSIONS_ANSWER, connectionStart, RABBITMQ_PROPERTIES } from '../support/literal-answers.ts'
import { serve } from '../support/servers.ts'

const live = test.skipIf(!(await hasLoopback()))

test('nobody on the port: it is free', async () => {
  expect(await probe('amqp', '127.0.0.1', await freePort())).toEqual({ outcome: 'free' })
})

live('an answer that comes byte by byte is put together', async () => {
  await using server = await serve((socket) => {
    socket.setNoDelay(true)
    socket.once('data', async () => {
      for (const byte of connectionStart(RABBITMQ_PROPERTIES)) {
        socket.write(Uint8Array.of(byte))
        await new Promise(setImmediate)
      }
    })
  })
  expect(await probe('amqp', '127.0.0.1', server.port)).toEqual({
    outcome: 'answers',
    name: 'RabbitMQ',
    version: '3.10.8',
  })
})

live('a Kafka broker is asked in its own protocol', async () => {
  await using server = await serve((socket) => {
    socket.once('data', (request: Buffer) => socket.write(request[5] === 18 ? API_VERSIONS_ANSWER : 'what?'))
  })
  expect(await probe('kafka', '127.0.0.1', server.port)).toEqual({ outcome: 'answers' })
  expect((await probe('amqp', '127.0.0.1', server.port)).outcome).toBe('other')
})

live('somebody who accepts and says nothing is silent', async () => {
  await using server = await serve(() => {})
  const found = await probe('kafka', '127.0.0.1', server.port, 20)
  expect(found).toEqual({ outcome: 'silent' })
})

live.each([['end'], ['reset']] as const)(
  'somebody who closes without an answer is another server (%s)',
  async (how) => {
    await using server = await serve((socket) => {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
    })
    const found = await probe('amqp', '127.0.0.1', server.port)
    expect(found).toEqual({ outcome: 'other', seen: 'a server that closes the connection without an answer' })
  },
)

live('an endless answer is cut off', async () => {
  await using server = await serve((socket) => {
    // A frame that never gets complete: its announced payload is the largest that is waited for.
    socket.write(Uint8Array.of(1, 0, 0, 0, 0, 0xff, 0xf7, 0, 10, 0, 10))
    socket.write(Buffer.alloc(MAX_ANSWER_BYTES))
  })
  const found = await probe('amqp', '127.0.0.1', server.port)
  expect(found.outcome).toBe('other')
})
