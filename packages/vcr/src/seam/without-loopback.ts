import { mkdtempSync, rmSync } from 'node:fs'
import net, { type Socket } from 'node:net'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Dialled } from './endpoint.ts'

/** What Node keeps of a server's connections, and of a socket's addresses, where no public method reaches it. */
interface Counted {
  _connections: number
}

interface Addressed {
  server: net.Server
  _server: net.Server
  _peername: object
  _sockname: object
}

// As it was before somebody pinned it.
const { networkInterfaces } = os
let isUp: boolean | undefined
let ownFolder: string | undefined

/**
 * Whether this machine can reach itself. In an empty network namespace it cannot: a server listens there, and a dial to it
 * ends with ENETUNREACH. The program's own connections then go over a Unix socket beside each of its servers.
 */
export function hasLoopback(): boolean {
  isUp ??= Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => internal) === true)
  return isUp
}

/** Where the Unix socket beside a TCP port lies. */
function socketPath(folder: string | undefined, port: number): string {
  if (folder === undefined && ownFolder === undefined) {
    ownFolder = mkdtempSync(join(tmpdir(), 'vcr-own-'))
    const made = ownFolder
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  }
  return join(folder ?? ownFolder ?? tmpdir(), `${port}.sock`)
}

/**
 * Opens the Unix socket beside a server that listens on a port: whoever comes by it is a connection of the server. It keeps no
 * process alive, and closes with the server.
 *
 * @param folder that of the run; absent where no other process is to find it
 */
export function openBeside(server: net.Server, address: net.AddressInfo, folder: string | undefined): void {
  const { allowHalfOpen, pauseOnConnect } = server as unknown as { allowHalfOpen?: boolean; pauseOnConnect?: boolean }
  const beside = net.createServer({ allowHalfOpen: allowHalfOpen === true, pauseOnConnect: pauseOnConnect === true })
  beside.on('connection', (socket) => {
    const [from, to] = [beside, server] as unknown as Counted[]
    from!._connections--
    to!._connections++
    const addresses = {
      _peername: { address: clientAddress(address), port: 0, family: address.family },
      _sockname: { address: clientAddress(address), port: address.port, family: address.family },
    }
    Object.assign(socket as unknown as Addressed, { server, _server: server, ...addresses })
    server.emit('connection', socket)
  })
  // Another process of the run has the port too, as workers of a cluster do: it is the one that is found.
  beside.on('error', () => undefined)
  beside.listen({ path: socketPath(folder, address.port), exclusive: true })
  beside.unref()
  server.once('close', () => beside.close())
}

/** How a client on this machine looks to a server. */
function clientAddress({ address, family }: net.AddressInfo): string {
  if (family === 'IPv6') return address === '::' ? '::ffff:127.0.0.1' : address
  return address === '0.0.0.0' ? '127.0.0.1' : address
}

/**
 * Connects a socket to a server of the program by the Unix socket beside it.
 *
 * @param connect Node's own
 * @returns false where that cannot be: a TLS socket has made its handle already
 */
export function connectBeside(
  socket: Socket,
  { endpoint: { host, port, tls }, listener }: Dialled,
  folder: string | undefined,
  connect: (this: Socket, ...args: unknown[]) => unknown,
): boolean {
  if (tls) return false
  const address = net.isIP(host) === 0 ? '127.0.0.1' : host
  connect.call(socket, { path: socketPath(folder, port) }, ...(listener === undefined ? [] : [listener]))
  const family = net.isIPv6(address) ? 'IPv6' : 'IPv4'
  Object.assign(socket as unknown as Addressed, {
    _peername: { address, port, family },
    _sockname: { address, port: 0, family },
  })
  return true
}
