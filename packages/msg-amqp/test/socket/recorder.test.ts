import { expect, test } from 'vitest'

import { encodeCommand, protocolHeader, type Method } from '../../src/protocol/index.ts'
import { amqpProtocol } from '../../src/socket/index.ts'

const password = 'canary-7391'

test('no password of the handshake reaches the sink, however its bytes are split', () => {
  const said = (method: Method): Buffer => encodeCommand({ type: 'method', channel: 0, method })
  const startOk = said({
    name: 'connection.start-ok',
    args: { clientProperties: [], mechanism: 'PLAIN', response: `\0guest\0${password}`, locale: 'en_US' },
  })
  const update = said({ name: 'connection.update-secret', args: { newSecret: password, reason: 'rotated' } })
  const bytes = Buffer.concat([protocolHeader, startOk, update])
  for (const size of [1, 7, bytes.length]) {
    const entries: { req: Uint8Array; resp: Uint8Array }[] = []
    const recorder = amqpProtocol.recorder({
      append: (entry) => void entries.push({ ...entry, req: Uint8Array.from(entry.req) }),
    })
    const connection = recorder.connection({ host: 'broker', port: 5672, tls: false })
    for (let at = 0; at < bytes.length; at += size) connection.fromClient(bytes.subarray(at, at + size))
    expect(entries).toHaveLength(4)
    for (const { req, resp } of entries) expect(Buffer.concat([req, resp]).includes(password)).toBe(false)
  }
})

test.each([
  ['AMQP', 'yes'],
  ['AM', 'more'],
  ['GET / HTTP', 'no'],
])('the first bytes %s are AMQP: %s', (first, answer) => {
  expect(amqpProtocol.recognise(Buffer.from(first))).toBe(answer)
})
