import type { ConnectionRecorder } from '@x07-lab/msg-core/driver'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'

import { expect, test } from 'vitest'

import { tapSocket } from '../src/seam/tap.ts'

test('what a client says while it reads is told apart from what its program says afterwards', async () => {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const said: [string, boolean][] = []
  const recorder: ConnectionRecorder = {
    fromClient: (bytes, isReading = false) => void said.push([Buffer.from(bytes).toString(), isReading]),
    fromBroker: () => undefined,
    clientEnd: () => undefined,
    brokerEnd: () => undefined,
    closed: () => undefined,
  }
  const socket = net.connect(port, '127.0.0.1')
  tapSocket(
    socket,
    { host: '127.0.0.1', port, tls: false },
    {
      recognise: () => ({ protocol: 'amqp' }),
      connection: () => recorder,
      dialFailed: () => undefined,
      probed: () => undefined,
      notBroker: () => undefined,
      notUnderstood: () => undefined,
    },
  )
  socket.write('first')
  let echoed = ''
  socket.on('data', (bytes: Buffer) => {
    echoed += bytes.toString()
    if (echoed === 'first') socket.write('queued')
    if (echoed === 'firstqueued') void Promise.resolve().then(() => socket.write('awaited'))
    if (echoed === 'firstqueuedawaited') socket.end()
  })
  await once(socket, 'close')
  server.close()
  expect(said).toEqual([
    ['first', false],
    ['queued', true],
    ['awaited', false],
  ])
})
