import type { Endpoint } from '@x07-lab/msg-core/driver'
import type { Socket } from 'node:net'

import type { Dialled } from './endpoint.ts'
import { withoutNetwork } from './failure.ts'
import { isOwnMachine } from './own-servers.ts'
import { PlayedSocket } from './played-socket.ts'
import type { Timers } from './timers.ts'

/** Ports of brokers, where nothing else tells: they count for dials that failed, and for those a recording does not have. */
export const brokerPorts: ReadonlyMap<number, string> = new Map([
  [5671, 'amqp'],
  [5672, 'amqp'],
  [9092, 'kafka'],
  [9093, 'kafka'],
  [9094, 'kafka'],
])

/** What {@link OutsideDials} needs to know. */
export interface OutsideOptions {
  readonly timers: Timers
  /** `HOST:PORT` or `HOST`, to which a replay may connect: the user's, and what the recording dialled and found not to be a broker. */
  readonly passthrough: readonly string[]
  /** By `HOST:PORT`: how a dial failed in the recording, to a place where nobody ever answered. */
  readonly failures: ReadonlyMap<string, string>
  /** The protocol of a connection's first bytes; `more` where too few are there to tell. */
  readonly recognise: (first: Uint8Array) => { readonly protocol: string } | 'more' | undefined
  /** Told once for each endpoint: what was dialled, of which protocol where that is known, and why it may not be. */
  readonly refused: (endpoint: Endpoint, protocol: string | undefined) => void
}

/** Most bytes of a client that are looked at. */
const sniffBytes = 64

/**
 * What a replay does with a dial that its recording does not have.
 *
 * 0. Where nobody ever answered while it was recorded, nobody does.
 * 1. Endpoints of {@link OutsideOptions.passthrough} are dialled.
 * 2. Addresses of this machine are dialled too, other than on a port of brokers: programs talk to their own servers.
 * 3. All else is refused, before a name is resolved, as if nobody listened there.
 *
 * A connection that is let through is cut before its first bytes go out where they are those of a broker's client.
 */
export class OutsideDials {
  readonly #options: OutsideOptions
  readonly #told = new Set<string>()

  constructor(options: OutsideOptions) {
    this.#options = options
  }

  /** As `Session.dial`: whether the socket was seen to. */
  dial(socket: Socket, { endpoint, listener }: Dialled): boolean {
    const { host, port } = endpoint
    const { passthrough } = this.#options
    const failure = this.#options.failures.get(`${host}:${port}`)
    if (failure !== undefined) {
      this.#fail(socket, { endpoint, listener }, failure)
      return true
    }
    const isListed = passthrough.includes(host) || passthrough.includes(`${host}:${port}`)
    if (isListed || (isOwnMachine(host) && !brokerPorts.has(port))) {
      this.#guard(socket, endpoint)
      if (isOwnMachine(host)) refuseWithoutNetwork(socket)
      return false
    }
    this.#tell(endpoint, brokerPorts.get(port))
    this.#fail(socket, { endpoint, listener }, 'ECONNREFUSED')
    return true
  }

  #fail(socket: Socket, { endpoint, listener }: Dialled, failure: string): void {
    new PlayedSocket(socket, endpoint, this.#options.timers).connect(listener, (line) => {
      line.reset(failure)
      return { fromClient: () => undefined, clientEnd: () => undefined, detach: () => undefined }
    })
  }

  #guard(socket: Socket, endpoint: Endpoint): void {
    const bottom = socket as unknown as Record<'_write' | '_writev', (...args: never[]) => void>
    const { _write, _writev } = bottom
    let seen = Buffer.alloc(0)
    const release = (): void => {
      for (const [name, own] of Object.entries({ _write, _writev })) put(socket, name, own)
    }
    const isBroker = (chunk: Uint8Array | string, encoding: BufferEncoding): boolean => {
      seen = Buffer.concat([seen, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk])
      const found = this.#options.recognise(seen)
      if (found === 'more' && seen.length < sniffBytes) return false
      release()
      if (found === undefined || found === 'more') return false
      this.#tell(endpoint, found.protocol)
      return true
    }
    const cut = (done: (error: Error) => void): void =>
      done(Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' }))
    put(socket, '_write', (chunk: Uint8Array | string, encoding: BufferEncoding, done: (error?: Error) => void) => {
      if (isBroker(chunk, encoding)) cut(done)
      else _write.call(socket, chunk as never, encoding as never, done as never)
    })
    put(
      socket,
      '_writev',
      (chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], done: (error?: Error) => void) => {
        if (chunks.some(({ chunk, encoding }) => isBroker(chunk, encoding))) cut(done)
        else _writev.call(socket, chunks as never, done as never)
      },
    )
  }

  #tell(endpoint: Endpoint, protocol: string | undefined): void {
    const place = `${endpoint.host}:${endpoint.port}`
    if (this.#told.has(place)) return
    this.#told.add(place)
    this.#options.refused(endpoint, protocol)
  }
}

/** Without a network nobody listens on this machine either: that is what the program is told, as it would be with one. */
function refuseWithoutNetwork(socket: Socket): void {
  const bottom = socket as unknown as Record<
    '_destroy',
    (error: Error | null, done: (error: Error | null) => void) => void
  >
  const { _destroy } = bottom
  put(socket, '_destroy', (error: Error | null, done: (error: Error | null) => void) => {
    put(socket, '_destroy', _destroy)
    _destroy.call(socket, withoutNetwork(error), done)
  })
}

/** Puts a method on a socket, not seen by a program that lists its properties; the class's own is put by taking away the other. */
function put(socket: Socket, name: string, value: unknown): void {
  if ((Object.getPrototypeOf(socket) as Record<string, unknown>)[name] === value) Reflect.deleteProperty(socket, name)
  else Object.defineProperty(socket, name, { value, writable: true, configurable: true, enumerable: false })
}
