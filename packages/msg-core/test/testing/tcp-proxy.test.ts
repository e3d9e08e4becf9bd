import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test as base } from 'vitest'

import { hasLoopback } from '../../src/testing/loopback.ts'
import { startTcpProxy, type TcpProxy } from '../../src/testing/tcp-proxy.ts'

type Peer = { readonly socket: Socket; readonly text: () => string; readonly until: (text: string) => Promise<void> }

const test = base.skipIf(!(await hasLoopback()))

const cleanups: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Collects what a socket receives; `until` resolves when that is exactly `text`. */
function peer(socket: Socket): Peer {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  return {
    socket,
    text: () => text,
    until: async (wanted) => {
      while (text.length < wanted.length) await once(socket, 'data')
      expect(text).toBe(wanted)
    },
  }
}

async function listening(server: Server): Promise<number> {
  server.on('connection', (socket) => socket.on('error', () => {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return address.port
}

/** A target that hands out the sockets it accepts, and a proxy before it. */
async function rig(): Promise<{ proxy: TcpProxy; open: () => Promise<{ client: Peer; target: Peer }> }> {
  const server = createServer({ allowHalfOpen: true })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  const proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: await listening(server) } })
  cleanups.push(() => proxy.close())
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    proxy,
    open: async () => {
      const accepted = new Promise<Socket>((resolve) => {
        server.once('connection', resolve)
      })
      const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
      cleanups.push(() => {
        socket.destroy()
      })
      const client = peer(socket)
      return { client, target: peer(await accepted) }
    },
  }
}

/** The code of the error that ends a socket. */
function failure(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (socket.errored === null) socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    else resolve('code' in socket.errored ? String(socket.errored.code) : undefined)
  })
}

test('bytes and the ends of both directions are passed on', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  client.socket.end('question')
  await once(target.socket, 'end')
  target.socket.end('answer')
  await once(client.socket, 'end')
  expect([target.text(), client.text()]).toEqual(['question', 'answer'])
  expect([proxy.received('toTarget'), proxy.received('toClient')]).toEqual([8, 6])
})

test('a connection is counted while it is open', async () => {
  const { proxy, open } = await rig()
  const first = await open()
  await open()
  expect([proxy.connections, proxy.accepted]).toEqual([2, 2])
  first.client.socket.end()
  await once(first.target.socket, 'end')
  first.target.socket.end()
  await once(first.client.socket, 'close')
  await first.target.until('')
  expect([proxy.connections, proxy.accepted]).toEqual([1, 2])
})

test('cut resets both sides of every connection, and the next connection works', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  const both = Promise.all([failure(client.socket), failure(target.socket)])
  proxy.cut()
  expect(await both).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(proxy.connections).toBe(0)
  const next = await open()
  next.client.socket.write('again')
  await next.target.until('again')
})

test('a reset by one peer reaches the other as a reset', async () => {
  const { open } = await rig()
  const { client, target } = await open()
  const failed = failure(client.socket)
  target.socket.resetAndDestroy()
  expect(await failed).toBe('ECONNRESET')
})

test('half open connections carry nothing and stay open, a resume included, while a new one works', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  client.socket.write('before')
  await target.until('before')
  proxy.halfOpen()
  proxy.resume('toTarget')
  proxy.resume('toClient')
  client.socket.write('lost')
  client.socket.end()
  target.socket.write('lost too')
  const next = await open()
  next.client.socket.write('works')
  await next.target.until('works')
  expect([target.text(), client.text()]).toEqual(['before', ''])
  expect([target.socket.readableEnded, client.socket.closed, proxy.connections]).toEqual([false, false, 2])
})

test('a stall holds one direction back, also on connections opened meanwhile, and loses nothing', async () => {
  const { proxy, open } = await rig()
  const first = await open()
  proxy.stall('toClient')
  const second = await open()
  for (const { client, target } of [first, second]) {
    target.socket.write('answer')
    client.socket.write('question')
    await target.until('question')
  }
  expect([first.client.text(), second.client.text(), proxy.received('toClient')]).toEqual(['', '', 0])
  proxy.resume('toClient')
  await first.client.until('answer')
  await second.client.until('answer')
})

test('dropNext swallows exactly that many bytes of one direction', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  proxy.dropNext('toTarget', 3)
  client.socket.write('abcd')
  await target.until('d')
  client.socket.write('efgh')
  target.socket.write('whole')
  await target.until('defgh')
  await client.until('whole')
})

test('a hook sees connection and offset, and its verdict decides', async () => {
  const { proxy, open } = await rig()
  const seen: [number, number, string][] = []
  proxy.onChunk('toTarget', (chunk, { connection, offset }) => {
    seen.push([connection, offset, Buffer.from(chunk).toString('latin1')])
    return offset === 0 ? 'forward' : 'drop'
  })
  const { client, target } = await open()
  client.socket.write('one')
  await target.until('one')
  client.socket.write('two')
  target.socket.write('answer')
  await client.until('answer')
  while (seen.length < 2) await new Promise(setImmediate)
  proxy.onChunk('toTarget', undefined)
  client.socket.write('three')
  await target.until('onethree')
  expect(seen).toEqual([
    [1, 0, 'one'],
    [1, 3, 'two'],
  ])
})

test('a confirm can be lost: the chunk is swallowed and both sides are reset', async () => {
  const { proxy, open } = await rig()
  proxy.onChunk('toClient', () => 'cut')
  const { client, target } = await open()
  const both = Promise.all([failure(client.socket), failure(target.socket)])
  target.socket.write('confirm')
  expect(await both).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(client.text()).toBe('')
})

test('a hook can leave the connection half open', async () => {
  const { proxy, open } = await rig()
  proxy.onChunk('toTarget', () => 'halfOpen')
  const { client, target } = await open()
  client.socket.write('lost')
  while (proxy.received('toTarget') < 4) await new Promise(setImmediate)
  proxy.onChunk('toTarget', undefined)
  client.socket.write('lost as well')
  const next = await open()
  next.client.socket.write('works')
  await next.target.until('works')
  expect([target.text(), proxy.connections]).toEqual(['', 2])
})

test('refuse resets new connections and leaves open ones alone, until accept', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  proxy.refuse()
  const refused = connect(proxy.port, '127.0.0.1')
  expect(await failure(refused)).toBe('ECONNRESET')
  client.socket.write('still here')
  await target.until('still here')
  proxy.accept()
  await open()
  expect(proxy.accepted).toBe(2)
})

test('a target that refuses resets the client', async () => {
  const unused = createServer()
  const port = await listening(unused)
  unused.close()
  await once(unused, 'close')
  await using proxy = await startTcpProxy({ target: { host: '127.0.0.1', port } })
  expect(await failure(connect(proxy.port, '127.0.0.1'))).toBe('ECONNRESET')
  expect(proxy.connections).toBe(0)
})

test('connections beyond the limit are reset', async () => {
  const server = createServer()
  await using proxy = await startTcpProxy({
    target: { host: '127.0.0.1', port: await listening(server) },
    maxConnections: 1,
  })
  cleanups.push(() => {
    server.close()
  })
  const first = peer(connect(proxy.port, '127.0.0.1'))
  await proxy.waitForAccepted(1)
  expect(await failure(connect(proxy.port, '127.0.0.1'))).toBe('ECONNRESET')
  expect(first.socket.errored).toBe(null)
})

test('a reader that does not read stops its sender instead of filling the proxy', async () => {
  const { proxy, open } = await rig()
  const { client, target } = await open()
  target.socket.pause()
  const chunk = Buffer.alloc(1 << 16, 0x61)
  let sent = 0
  const total = 64 << 20
  const send = (): void => {
    while (sent < total) {
      sent += chunk.length
      if (!client.socket.write(chunk)) {
        client.socket.once('drain', send)
        return
      }
    }
    client.socket.end()
  }
  send()
  // When nothing moves for several turns of the loop, the kernel's buffers are full.
  let last = -1
  for (let quiet = 0; quiet < 200; quiet += proxy.received('toTarget') === last ? 1 : 0) {
    last = proxy.received('toTarget')
    await new Promise(setImmediate)
  }
  expect(proxy.received('toTarget')).toBeLessThan(total / 2)
  target.socket.resume()
  await once(target.socket, 'end')
  expect(target.text().length).toBe(total)
})

test('waiting for a connection ends with the signal', async () => {
  const { proxy } = await rig()
  const reason = new Error('enough')
  await expect(proxy.waitForAccepted(1, AbortSignal.abort(reason))).rejects.toBe(reason)
})

test('close resets what is open and gives the port back', async () => {
  const { proxy, open } = await rig()
  const { client } = await open()
  const failed = failure(client.socket)
  await proxy.close()
  expect(await failed).toBe('ECONNRESET')
  expect(await failure(connect(proxy.port, '127.0.0.1'))).toBe('ECONNREFUSED')
})
