import { subscribe } from 'node:diagnostics_channel'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'

import type { Endpoint } from '@x07-lab/msg-core/driver'

import type { Dialled } from './endpoint.ts'
import { connectBeside, hasLoopback, openBeside } from './without-loopback.ts'

/** What Node tells of a server that begins to listen. */
interface Listening {
  readonly server: net.Server
}

/** Most that are listed of those that were dialled. */
const listedPlaces = 8

let servers: WeakRef<net.Server>[] = []
let sharedFolder: string | undefined
const dialled = new Set<string>()

/** Servers of the program that it dialled, `HOST:PORT`, the first of them: for who wonders why nothing was recorded. */
export function ownServersDialled(): readonly string[] {
  return [...dialled]
}

// Before it listens: a program may dial in the same turn.
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  servers = servers.filter((known) => known.deref() !== undefined)
  servers.push(new WeakRef((message as Listening).server))
})

subscribe('tracing:net.server.listen:asyncEnd', (message) => {
  const { server } = message as Listening
  const address = server.address()
  if (typeof address !== 'object' || address === null) return
  if (!hasLoopback()) openBeside(server, address, sharedFolder)
  if (sharedFolder === undefined) return
  try {
    writeFileSync(join(sharedFolder, String(address.port)), '')
  } catch {
    // The run is over, and its folder gone.
  }
})

/** Tells the other processes of a run where this one listens, and hears of theirs: by files in a folder. */
export function shareServers(folder: string): void {
  sharedFolder = join(folder, 'listening')
  mkdirSync(sharedFolder, { recursive: true })
}

/**
 * Whether this process, or another one of its run, listens there: what is dialled is a part of the program, whatever it speaks,
 * and no broker to be recorded.
 */
export function isOwnServer(endpoint: Endpoint): boolean {
  const isOwn = isOwnMachine(endpoint.host) && isListening(endpoint)
  if (isOwn && dialled.size < listedPlaces) dialled.add(`${endpoint.host}:${endpoint.port}`)
  return isOwn
}

/** Connects to a server of the program where the network cannot; false where it has to, or nothing else can. */
export function connectOwn(
  socket: net.Socket,
  dial: Dialled,
  connect: (this: net.Socket, ...args: unknown[]) => unknown,
): boolean {
  return !hasLoopback() && connectBeside(socket, dial, sharedFolder, connect)
}

function isListening({ host, port }: Endpoint): boolean {
  for (const known of servers) {
    const address = known.deref()?.address()
    if (typeof address === 'object' && address?.port === port && serves(address.address, host)) return true
  }
  return sharedFolder !== undefined && existsSync(join(sharedFolder, String(port)))
}

/** Whether a dial to this host stays on this machine. */
export function isOwnMachine(host: string): boolean {
  const address = host.replace(/^::ffff:/, '')
  return host === 'localhost' || host === '::1' || host === '::' || isOwnAddress(address)
}

function isOwnAddress(address: string): boolean {
  return net.isIP(address) === 4 && (address.startsWith('127.') || address === '0.0.0.0')
}

/** A server that is bound to one loopback address is not behind another one. */
function serves(bound: string, host: string): boolean {
  return bound === host || bound === '::' || bound === '0.0.0.0' || net.isIP(host) === 0 || !host.startsWith('127.')
}
