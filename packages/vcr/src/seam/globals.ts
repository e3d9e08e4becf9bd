import { syncBuiltinESMExports } from 'node:module'
import net, { type Socket } from 'node:net'
import tls from 'node:tls'

import type { Endpoint } from '@x07-lab/msg-core/driver'

import { dialled, type Dialled } from './endpoint.ts'
import { connectOwn, isOwnServer } from './own-servers.ts'

/** Who decides about a socket that is about to dial: true where it is connected by him. */
export type Dialler = (socket: Socket, dialled: Dialled) => boolean

/** Signals that end a process which does not listen to them. */
const deadly: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2', 'SIGKILL', 'SIGABRT'])

/** What {@link interceptSignals} tells. */
export interface SignalListener {
  /** The program is about to hear a signal to which it listens; false where it is not to hear it yet. */
  readonly heard: (signal: string) => boolean
  /** The program is about to kill itself: no `exit` event will come. */
  readonly dying: () => void
}

/** Sees the signals of this process, without a listener of its own: one would keep the process from ending by them. */
export function interceptSignals({ heard, dying }: SignalListener): void {
  const own = process as unknown as Record<'emit' | 'kill' | 'abort', (this: unknown, ...args: unknown[]) => unknown>
  const { emit, kill, abort } = own
  own.abort = function () {
    dying()
    return abort.call(this)
  }
  own.emit = function (...args) {
    const [name] = args
    if (typeof name === 'string' && deadly.has(name) && !heard(name)) return true
    return emit.apply(this, args)
  }
  own.kill = function (...args) {
    const [pid, signal = 'SIGTERM'] = args
    const isDeadly = typeof signal === 'string' && deadly.has(signal) && process.listenerCount(signal) === 0
    if (pid === process.pid && isDeadly) dying()
    return kill.apply(this, args)
  }
}

let diallers: readonly (() => Dialler | undefined)[] = []

/**
 * The one place at which Node itself is changed: `net.Socket.prototype.connect`, through which every client dials, whatever
 * it is bundled in and whenever it is loaded; and `tls.connect`, for TLS over a socket that was dialled before. The first of the
 * diallers that is there is asked, of whatever is no server of the program itself.
 *
 * @returns takes it back
 */
export function interceptDials(dialler: () => Dialler | undefined): () => void {
  diallers = [dialler, ...diallers]
  if (diallers.length === 1) patch()
  return () => {
    diallers = diallers.filter((one) => one !== dialler)
    if (diallers.length > 0) return
    prototype.connect = original
    putTlsConnect(connectTls)
  }
}

const prototype = net.Socket.prototype as unknown as { connect: (this: Socket, ...args: unknown[]) => Socket }
const original = prototype.connect
const { connect: connectTls } = tls

/** Where sockets were dialled to that TLS may be laid over. */
const dialledTo = new WeakMap<Socket, Endpoint>()

function patch(): void {
  prototype.connect = function connect(this: Socket, ...args: unknown[]): Socket {
    const ask = firstDialler()
    const dial = ask && dialled(this, args)
    if (dial === undefined) return original.apply(this, args)
    if (!dial.endpoint.tls) dialledTo.set(this, dial.endpoint)
    const isSeenTo = isOwnServer(dial.endpoint) ? connectOwn(this, dial, original) : ask!(this, dial)
    return isSeenTo ? this : original.apply(this, args)
  }
  putTlsConnect(function connect(...args: Parameters<typeof tls.connect>) {
    const socket = connectTls(...args)
    const options = (args as unknown[]).find((one) => typeof one === 'object' && one !== null)
    const { socket: over, host, port } = (options ?? {}) as { socket?: Socket; host?: unknown; port?: unknown }
    const below = over && dialledTo.get(over)
    if (over === undefined || below === undefined || isOwnServer(below)) return socket
    const endpoint = {
      host: typeof host === 'string' && host !== '' ? host : below.host,
      port: Number(port ?? below.port),
      tls: true,
    }
    firstDialler()?.(socket, { endpoint, listener: undefined, over })
    return socket
  } as typeof tls.connect)
}

function firstDialler(): Dialler | undefined {
  for (const dialler of diallers) {
    const ask = dialler()
    if (ask !== undefined) return ask
  }
  return undefined
}

function putTlsConnect(connect: typeof tls.connect): void {
  tls.connect = connect
  // For those who import it by name.
  syncBuiltinESMExports()
}
