import type { ConnectionRecorder, Endpoint, TlsFacts } from '@x07-lab/msg-core/driver'
import { errorMonitor } from 'node:events'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

import { isTls } from './endpoint.ts'
import { failureText, isOfTheWorld } from './failure.ts'

/** Who is told of the sockets of a program that is being recorded. */
export interface Listener {
  /** The protocol of a connection's first bytes; `more` where too few are there to tell. */
  recognise(first: Uint8Array): { readonly protocol: string } | 'more' | undefined
  /** A connection whose protocol was recognised. */
  connection(protocol: string, endpoint: Endpoint, tls: TlsFacts | undefined): ConnectionRecorder
  dialFailed(endpoint: Endpoint, failure: string): void
  /**
   * A connection that was made and closed without a word: the program looked whether somebody listens. `failure` is there where
   * the connection broke.
   */
  probed(endpoint: Endpoint, tls: TlsFacts | undefined, failure: string | undefined): void
  /** A connection that is not one to a broker; it is left alone from here on. */
  notBroker(endpoint: Endpoint): void
  /** Bytes of a recorded connection that its recorder does not understand; it is told no more. */
  notUnderstood(protocol: string, endpoint: Endpoint, error: unknown): void
}

/** The methods of a socket that are overridden while it is recorded. They are Node's documented ones for streams. */
interface Bottom {
  readonly _write: (
    this: Socket,
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ) => void
  readonly _writev: (
    this: Socket,
    chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ) => void
  readonly _final: (this: Socket, done: (error?: Error | null) => void) => void
  readonly _destroy: (this: Socket, error: Error | null, done: (error: Error | null) => void) => void
  readonly push: (this: Socket, chunk: unknown, encoding?: BufferEncoding) => boolean
}

/** Most bytes kept of a client that has not yet said what it speaks. */
const sniffBytes = 64

/**
 * Leaves a socket alone from here on; false where something was said over it already.
 */
export type Untap = () => boolean

/**
 * Tells a listener what goes over a socket, from the moment at which it dials, and changes nothing that the program can see:
 * the socket stays the client's own, and what cannot be understood passes all the same. Where the first bytes are no broker's
 * the socket is left alone from there on.
 */
export function tapSocket(socket: Socket, endpoint: Endpoint, listener: Listener): Untap {
  const bottom = socket as unknown as Bottom
  const { _write, _writev, _final, _destroy, push } = bottom
  let early: Uint8Array[] = []
  let earlyBytes = 0
  let up = false
  let ended = false
  let open = true
  /** The client is reading, in this very turn. */
  let isReading = false
  let protocol = ''
  let recorder: ConnectionRecorder | undefined
  /** How TLS broke before the client said anything. */
  let alert: string | undefined

  const release = (): void => {
    open = false
    early = []
    for (const [name, own] of Object.entries({ _write, _writev, _final, _destroy, push })) {
      if (Object.getPrototypeOf(socket)[name] === own) delete (socket as unknown as Record<string, unknown>)[name]
      else define(socket, name, own)
    }
  }

  const tell = (what: (to: ConnectionRecorder) => void): void => {
    if (!open || recorder === undefined) return
    try {
      what(recorder)
    } catch (error) {
      listener.notUnderstood(protocol, endpoint, error)
      release()
    }
  }

  const recognise = (): void => {
    if (!open || recorder !== undefined || early.length === 0 || !(up ||= isUp(socket))) return
    const first = early.length === 1 ? early[0]! : Buffer.concat(early)
    const found = listener.recognise(first)
    if (found === 'more' && earlyBytes < sniffBytes) return
    if (found === undefined || found === 'more') {
      release()
      listener.notBroker(endpoint)
      return
    }
    protocol = found.protocol
    recorder = listener.connection(protocol, endpoint, tlsFacts(socket))
    for (const bytes of early.splice(0)) tell((to) => to.fromClient(bytes))
    if (ended) tell((to) => to.clientEnd())
  }

  const written = (chunk: Uint8Array | string, encoding: BufferEncoding): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    if (recorder !== undefined) return tell((to) => to.fromClient(bytes, isReading))
    early.push(Uint8Array.from(bytes))
    earlyBytes += bytes.length
    recognise()
  }

  define(socket, '_write', function (this: Socket, chunk, encoding, done) {
    if (open) written(chunk, encoding)
    _write.call(this, chunk, encoding, done)
  } satisfies Bottom['_write'])
  define(socket, '_writev', function (this: Socket, chunks, done) {
    if (open) for (const { chunk, encoding } of chunks) written(chunk, encoding)
    _writev.call(this, chunks, done)
  } satisfies Bottom['_writev'])
  define(socket, '_final', function (this: Socket, done) {
    ended = true
    tell((to) => to.clientEnd())
    _final.call(this, done)
  } satisfies Bottom['_final'])
  define(socket, 'push', function (this: Socket, chunk, encoding) {
    if (recorder === undefined) {
      // A broker never speaks first.
      if (open && chunk !== null) {
        release()
        listener.notBroker(endpoint)
      }
    } else if (chunk === null) {
      tell((to) => to.brokerEnd())
    } else {
      tell((to) => to.fromBroker(chunk as Uint8Array))
    }
    isReading = true
    try {
      return push.call(this, chunk, encoding)
    } finally {
      isReading = false
    }
  } satisfies Bottom['push'])
  define(socket, '_destroy', function (this: Socket, error, done) {
    if (open) {
      const failure = isOfTheWorld(error) ? failureText(error) : alert
      if (recorder !== undefined) {
        tell((to) => to.closed(failure))
      } else if (!up) {
        listener.dialFailed(endpoint, error !== null && 'code' in error ? failureText(error) : '')
      } else if (earlyBytes === 0) {
        listener.probed(endpoint, tlsFacts(socket), failure)
      }
      release()
    }
    _destroy.call(this, error, done)
  } satisfies Bottom['_destroy'])
  // An alert of TLS after the handshake is an error that destroys nothing. Who monitors errors handles none.
  socket.on(errorMonitor, (error) => {
    if (!open || !isOfTheWorld(error)) return
    const failure = failureText(error)
    if (recorder === undefined) alert = failure
    else tell((to) => to.closed(failure))
  })
  // Before the client's own listeners, which write.
  socket.prependOnceListener(isTls(socket) ? 'secureConnect' : 'connect', () => {
    up = true
    recognise()
  })
  return () => {
    const isSilent = open && recorder === undefined && earlyBytes === 0
    if (isSilent) release()
    return isSilent
  }
}

function isUp(socket: Socket): boolean {
  if (socket.connecting) return false
  return !isTls(socket) || (socket as unknown as { secureConnecting?: boolean }).secureConnecting === false
}

function tlsFacts(socket: Socket): TlsFacts | undefined {
  if (!isTls(socket)) return undefined
  const { authorized, authorizationError, alpnProtocol } = socket as TLSSocket
  const protocol = (socket as TLSSocket).getProtocol()
  const cipher = (socket as TLSSocket).getCipher() as TlsFacts['cipher']
  const certificate = (socket as TLSSocket).getPeerX509Certificate()?.raw.toString('base64')
  return {
    authorized,
    ...(authorizationError ? { authorizationError: String(authorizationError) } : {}),
    ...(typeof alpnProtocol === 'string' ? { alpn: alpnProtocol } : {}),
    ...(protocol === null ? {} : { protocol }),
    ...(cipher === undefined ? {} : { cipher: { ...cipher } }),
    ...(certificate === undefined ? {} : { certificate }),
  }
}

/** A property that a program which lists the socket's does not see. */
function define(socket: Socket, name: string, value: unknown): void {
  Object.defineProperty(socket, name, { value, writable: true, configurable: true, enumerable: false })
}
