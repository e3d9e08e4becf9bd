import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const guardFile = join(import.meta.dirname, '..', '..', 'src', 'sandbox', 'guard.ts')

/** A program that tries to reach what it may and what it may not, in ways other than the drivers'. */
const attempts = `
const { guardNetwork } = await import(process.argv[1])
const [listed, other] = process.argv.slice(2).map(Number)
const dialled = guardNetwork({ file: 'the policy', readRoots: [], writeRoots: [], env: [], allowed: [{ host: '127.0.0.1', port: listed }] })
const { default: net } = await import('node:net')
const { default: tls } = await import('node:tls')
const { default: http } = await import('node:http')
const { default: dgram } = await import('node:dgram')
const { default: dns } = await import('node:dns')
const out = {}
const tried = async (what, act) => { try { await act(); out[what] = 'done' } catch (error) { out[what] = error.code ?? error.cause?.code ?? error.message } }
const opened = (socket) => new Promise((done, fail) => socket.on('connect', () => { socket.destroy(); done() }).on('error', fail))
await tried('listed', () => opened(net.connect(listed, '127.0.0.1')))
await tried('other port', () => opened(net.connect(other, '127.0.0.1')))
await tried('by name', () => opened(net.connect({ host: 'localhost', port: listed })))
await tried('default host', () => opened(net.connect(listed)))
await tried('path', () => opened(net.connect('/tmp/some.sock')))
await tried('own lookup', () => opened(net.connect({ host: 'broker', port: listed, lookup: (name, options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) })))
await tried('new Socket', () => opened(new net.Socket().connect({ port: other, host: '127.0.0.1' })))
await tried('tls', () => opened(tls.connect({ port: other, host: '127.0.0.1' })))
await tried('http', () => opened(http.get('http://127.0.0.1:' + other)))
await tried('fetch', () => fetch('http://127.0.0.1:' + other))
await tried('dgram', () => { dgram.createSocket('udp4').send('x', other, '127.0.0.1') })
await tried('dns', () => dns.promises.lookup('localhost'))
await tried('dns callback', () => { dns.resolve('localhost', () => {}) })
await tried('resolver', () => new dns.promises.Resolver().resolve4('localhost'))
await tried('listen', () => { net.createServer().listen(0) })
await tried('put back', () => { 'use strict'; net.Socket.prototype.connect = () => {} })
console.log(JSON.stringify({ out, dialled: dialled() }))
process.exit(0)
`

const loopback = await hasLoopback()
const servers: Server[] = [createServer(), createServer()]
let ports: number[] = []

beforeAll(async () => {
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  ports = servers.map((server) => (server.address() as { port: number }).port)
})
afterAll(() => servers.forEach((server) => void server.close()))

describe.skipIf(!loopback)('the guard of a recording', () => {
  test('lets through the addresses of the policy alone, whoever dials, and says which were dialled', async () => {
    const reached: number[] = []
    for (const server of servers) {
      server.on('connection', (socket) => {
        reached.push((server.address() as { port: number }).port)
        socket.destroy()
      })
    }
    const args = ['--input-type=module', '-e', attempts, guardFile, ...ports.map(String)]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const { out, dialled } = JSON.parse(stdout) as { out: Record<string, string>; dialled: string[] }
    const { listed, 'put back': putBack, ...others } = out
    expect(listed).toBe('done')
    expect(putBack).toContain('read only')
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((name) => [name, 'access_denied'])))
    expect(dialled).toEqual([`127.0.0.1:${ports[0]}`])
    expect(reached).toEqual([ports[0]])
  })
})
