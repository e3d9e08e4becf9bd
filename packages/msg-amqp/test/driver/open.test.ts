import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { openAmqp } from '../../src/index.ts'
import { clientVersion } from '../../src/driver/driver.ts'
import { profile, topology } from '../support/contracts.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

/** A server on loopback that does `answer` with each connection; its port. */
async function serve(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    answer(socket)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const remedy = 'start the broker, or correct host and port in the profile'

const loopback = await hasLoopback()

describe.skipIf(!loopback)('opening a broker that is none', () => {
  const answers: readonly (readonly [title: string, answer: (socket: Socket) => void, code: string, said: string])[] = [
    [
      'that closes',
      (socket) => socket.end(),
      'unreachable',
      `nothing at this address speaks AMQP, or it does not answer; ${remedy}`,
    ],
    [
      'that resets',
      (socket) => socket.resetAndDestroy(),
      'unreachable',
      `the connection failed with ECONNRESET; ${remedy}`,
    ],
    [
      'that says nothing',
      () => undefined,
      'unreachable',
      'no answer within 200 ms; check that a broker listens there and is not overloaded',
    ],
    [
      'that speaks a byte a time and never ends',
      (socket) => void socket.write(Buffer.from([1, 0, 0, 0x7f, 0xff])),
      'unreachable',
      'no answer within 200 ms; check that a broker listens there and is not overloaded',
    ],
    [
      'that asks for another version of the protocol',
      (socket) => void socket.once('data', () => socket.end(Buffer.from('AMQP\x00\x01\x00\x00'))),
      'protocol',
      'what came back is not AMQP 0-9-1',
    ],
  ]
  test.each(answers)('%s', async (_, answer, code, said) => {
    const port = await serve(answer)
    const opening = openAmqp({ profile: profile({ port }), topology: topology(), connectTimeoutMs: 200 })
    await expect(opening).rejects.toMatchObject({
      name: 'DriverError',
      code,
      message: expect.stringContaining(`open broker local_dev_v1 at 127.0.0.1:${port}: ${said}`),
    })
  })

  test('nothing listens', async () => {
    const port = await serve(() => undefined)
    servers.splice(0).forEach((server) => server.close())
    await expect(openAmqp({ profile: profile({ port }), topology: topology() })).rejects.toMatchObject({
      code: 'unreachable',
      message: `open broker local_dev_v1 at 127.0.0.1:${port}: the connection failed with ECONNREFUSED; ${remedy}`,
    })
  })

  test('is given by a URL: what to change is the URL', async () => {
    const port = await serve(() => undefined)
    servers.splice(0).forEach((server) => server.close())
    await expect(openAmqp({ url: `amqp://127.0.0.1:${port}`, topology: topology() })).rejects.toMatchObject({
      message: expect.stringMatching(/ECONNREFUSED; start the broker, or correct host and port in the URL$/),
    })
    await expect(openAmqp({ url: 'amqp://broker.example', topology: topology() })).rejects.toMatchObject({
      message:
        'open broker amqp: the URL names no user and host broker.example is not a loopback address; write amqp://user:password@host',
    })
  })

  test('speaks no TLS', async () => {
    const port = await serve((socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    await expect(openAmqp({ profile: profile({ port }), topology: topology(), tls: {} })).rejects.toMatchObject({
      code: 'tls_failed',
      message: expect.stringMatching(
        /^open broker local_dev_v1 at 127\.0\.0\.1:\d+: TLS failed with ERR_SSL_\w+; check the certificate authority, and that this port speaks TLS$/,
      ),
    })
  })
})

describe('opening', () => {
  test('asks before it dials, and dials nothing that is refused', async () => {
    let dialled = 0
    const port = await serve(() => dialled++)
    const asked: [string, number][] = []
    const opening = openAmqp({
      profile: profile({ port }),
      topology: topology(),
      authorize(host, port) {
        asked.push([host, port])
        throw new Error('the policy does not list it')
      },
    })
    await expect(opening).rejects.toMatchObject({
      code: 'access_denied',
      message: `open broker local_dev_v1 at 127.0.0.1:${port}: not permitted, the policy does not list it`,
    })
    expect([asked, dialled]).toEqual([[['127.0.0.1', port]], 0])
  })

  test.skipIf(!loopback)('is given up when its signal says so', async () => {
    const stop = new AbortController()
    const port = await serve(() => stop.abort())
    await expect(
      openAmqp({ profile: profile({ port }), topology: topology(), signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'aborted', message: 'open broker local_dev_v1: aborted by the caller' })
  })

  test('refuses a queue that the topology does not have', async () => {
    await expect(openAmqp({ profile: profile(), topology: topology(), queues: ['other'] })).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'open broker local_dev_v1: queue other is not in topology app_v1, only lab.events',
    })
  })

  test('names the client library that is installed', () => {
    const installed = createRequire(import.meta.url).resolve('amqplib')
    const { version } = JSON.parse(readFileSync(join(dirname(installed), 'package.json'), 'utf8')) as {
      version: string
    }
    expect(clientVersion).toBe(`amqplib ${version}`)
  })
})
