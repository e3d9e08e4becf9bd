import { once } from 'node:events'
import net from 'node:net'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { vcr } from '../src/index.ts'
import { otherProcess } from './other-process.ts'
import { cassettes, program, runVcr } from './run-vcr.ts'

/** Dials and gives the first thing that happens to the socket, once `first` has been written. */
async function dial(host: string, port: number, first: string): Promise<string> {
  const socket = net.connect(port, host)
  socket.write(first)
  const happened = Promise.race([
    once(socket, 'data').then(([bytes]) => String(bytes)),
    once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code ?? String(error)),
  ])
  try {
    return await happened.catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error))
  } finally {
    socket.destroy()
  }
}

const amqpHeader = 'AMQP\0\0\u0009\u0001'

test.each([
  ['kafka.example', 9092, /kafka\.example:9092, which is a broker's \(kafka\), was not recorded/],
  ['127.0.0.1', 9093, /127\.0\.0\.1:9093, which is a broker's \(kafka\), was not recorded/],
  ['db.example', 5432, /db\.example:5432 was not recorded.*--passthrough db\.example:5432/],
])('a replay refuses a dial to %s:%i, which it does not have', async (host, port, message) => {
  const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
  expect(await dial(host, port, 'hello')).toBe('ECONNREFUSED')
  expect(tape.report().divergences.map(({ text }) => text)).toEqual([expect.stringMatching(message)])
  await expect(tape.close()).rejects.toThrow(message)
})

test('a server of this machine is reached, and one that is spoken to as a broker gets nothing', async () => {
  await using server = await otherProcess("socket.on('data', () => socket.write('pong'))")
  const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
  expect(await dial('localhost', server.port, 'GET /')).toBe('pong')
  expect(tape.report().divergenceCount).toBe(0)
  expect(await dial('127.0.0.1', server.port, amqpHeader)).toBe('ECONNRESET')
  await server.close()
  expect(server.got).toEqual(['GET /'])
  await expect(tape.close()).rejects.toThrow(/which is a broker's \(amqp\), was not recorded/)
})

test('a server of the program itself is no broker, whatever it speaks, while recording as in a replay', async () => {
  const got: string[] = []
  const server = net.createServer((socket) =>
    socket.on('data', (bytes) => got.push(String(bytes)) && socket.end('pong')),
  )
  server.listen()
  const { port } = server.address() as net.AddressInfo
  const root = mkdtempSync(join(tmpdir(), 'vcr-dials-'))
  const recorded = await vcr({ cassette: 'own', root, mode: 'record', ci: false })
  expect(await dial('127.0.0.1', port, amqpHeader)).toBe('pong')
  await expect(recorded.close()).rejects.toThrow(`127.0.0.1:${port}: the program listens there itself`)
  const replayed = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
  expect(await dial('127.0.0.1', port, amqpHeader)).toBe('pong')
  expect(replayed.report().divergenceCount).toBe(0)
  replayed.abandon()
  server.close()
  expect(got).toEqual([amqpHeader, amqpHeader])
})

test('where nobody listened while it was recorded, nobody does in a replay', async () => {
  await using broker = await otherProcess("socket.end('AMQP\\0\\0\\x09\\x01')")
  await using other = await otherProcess('')
  const closed = { host: '127.0.0.1', port: other.port }
  await other.close()
  const root = mkdtempSync(join(tmpdir(), 'vcr-dials-'))
  const recorded = await vcr({ cassette: 'closed', root, mode: 'record', ci: false })
  const refused = await once(net.connect(closed), 'error').catch((error: unknown) => error)
  await dial('127.0.0.1', broker.port, amqpHeader)
  await recorded.close()
  await broker.close()
  await using _newcomer = await otherProcess('', closed.port)
  const tape = await vcr({ cassette: 'closed', root, mode: 'replay' })
  const now = await once(net.connect(closed), 'error').catch((error: unknown) => error)
  expect(now).toEqual(refused)
  tape.abandon()
})

test('what is let through by name is dialled', async () => {
  const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay', passthrough: ['db.invalid'] })
  expect(await dial('db.invalid', 5432, 'hello')).toMatch(/ENOTFOUND|EAI_AGAIN/)
  expect(tape.report().divergenceCount).toBe(0)
  tape.abandon()
})

test('a replay under the permission model needs no network, and a dial that is not recorded has none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vcr-dials-'))
  const other = join(folder, 'other.mjs')
  writeFileSync(
    other,
    `import net from 'node:net'
     import ${JSON.stringify(program('service.mjs'))}
     const socket = net.connect(5672, 'broker.example')
     socket.on('error', (error) => console.log(error.code))
     net.connect(1, '127.0.0.1').on('error', (error) => console.log(error.code))`,
  )
  const command = [process.execPath, '--permission', '--allow-fs-read=*', '--allow-fs-write=*', other]
  const ran = await runVcr(['replay', '--root', cassettes, '--cassette', 'service', '--', ...command])
  expect(ran.stdout).toBe('hello Ada\nhello Grace\nERR_ACCESS_DENIED\nECONNREFUSED\n')
  expect(ran.stderr).toContain('a connection to broker.example:5672 more than the 1 recorded')
  expect(ran.code).toBe(1)
})
