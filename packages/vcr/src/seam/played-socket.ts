import type { Conversation, Endpoint, Line, TlsFacts } from '@x07-lab/msg-core/driver'
import { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'

import { failureError } from './failure.ts'
import type { Timers } from './timers.ts'

/** The fields of a socket that Node keeps under these names, and that no public method reaches. */
interface Inside {
  connecting: boolean
  secureConnecting?: boolean
  authorized?: boolean
  authorizationError?: string | null
  alpnProtocol?: string | false
  _handle: unknown
  _peername?: object
  _sockname?: object
  _unrefTimer(): void
  _undestroy(): void
  _final(done: (error?: Error | null) => void): void
  _destroy(error: Error | null, done: (error: Error | null) => void): void
}

/**
 * Gives a client's own socket another bottom: what it writes goes to a conversation, what it reads comes from one. The object
 * stays what it was, `instanceof net.Socket` or a TLSSocket, with its own listeners, high-water marks and half-open rule; it
 * has no descriptor, and asks the system for nothing.
 */
export class PlayedSocket implements Line {
  readonly #socket: Socket
  readonly #inside: Inside
  readonly #endpoint: Endpoint
  readonly #timers: Timers
  readonly #dropped: (handle: unknown) => void
  #conversation: Conversation | undefined
  #alive: NodeJS.Timeout | undefined
  #isRef = true
  #isUp = false
  /** From when the connection is made until the client knows, with TLS that the handshake is done. */
  #isComing = false
  #over = false

  /** @param dropped told of a handle that Node made for the socket, which is not used */
  constructor(
    socket: Socket,
    endpoint: Endpoint,
    timers: Timers,
    dropped: (handle: unknown) => void = () => undefined,
  ) {
    this.#dropped = dropped
    this.#socket = socket
    this.#inside = socket as unknown as Inside
    this.#endpoint = endpoint
    this.#timers = timers
  }

  /** Dials; `converse` is asked for the conversation when the socket is ready for its answers. */
  connect(listener: (() => void) | undefined, converse: (line: Line) => Conversation): void {
    const [socket, inside] = [this.#socket, this.#inside]
    if (socket.destroyed) inside._undestroy()
    if (this.#endpoint.tls) {
      // `tls.connect` sets name and session on it in this turn.
      process.nextTick(() => {
        this.#dropped(inside._handle)
        if (!this.#over) inside._handle = null
      })
    } else {
      this.#dropped(inside._handle)
      inside._handle = null
    }
    if (listener !== undefined) socket.once('connect', listener)
    inside._unrefTimer()
    inside.connecting = true
    this.#override()
    // An open connection keeps its process alive.
    this.#alive = this.#timers.setInterval(() => undefined, 0x7fff_ffff)
    if (!this.#isRef) this.#alive.unref()
    this.#conversation = converse(this)
  }

  up(tls?: TlsFacts): void {
    this.#isComing = !this.#isUp
    this.#timers.setImmediate(() => this.#connected(tls))
  }

  send(bytes: Uint8Array): void {
    if (this.#over) return
    this.#inside._unrefTimer()
    this.#socket.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  end(): void {
    this.#whenDrained(() => {
      if (this.#over) return
      this.#socket.push(null)
      // As Node does where nothing is buffered: nobody may be reading.
      this.#socket.read(0)
    })
  }

  reset(failure: string): void {
    if (failure === '') return
    this.#whenDrained(() => {
      if (!this.#over) this.#socket.destroy(failureError(failure, this.#endpoint, this.#isUp))
    })
  }

  /** Nothing more comes: the socket keeps its process alive no longer. */
  release(): void {
    this.#alive?.unref()
  }

  get drained(): boolean {
    return this.#over || this.#socket.readableLength === 0
  }

  #whenDrained(act: () => void): void {
    this.#timers.setImmediate(() => (this.drained && !this.#isComing ? act() : this.#whenDrained(act)))
  }

  #connected(tls: TlsFacts | undefined): void {
    const [socket, inside] = [this.#socket, this.#inside]
    // `connecting` may be false already: TLS that is laid over another socket takes it from that one.
    if (this.#over || this.#isUp) return
    const { host, port } = this.#endpoint
    this.#isUp = true
    inside.connecting = false
    inside._peername = { address: host === 'localhost' ? '127.0.0.1' : host, port, family: 'IPv4' }
    inside._sockname = { address: '127.0.0.1', port: 0, family: 'IPv4' }
    inside._unrefTimer()
    socket.emit('connect')
    socket.emit('ready')
    if (this.#endpoint.tls) {
      inside.authorized = tls?.authorized ?? true
      inside.authorizationError = tls?.authorizationError ?? null
      inside.alpnProtocol = tls?.alpn ?? false
      this.#handshakeWas(tls)
      // After the turn of `connect`, as the handshake is.
      this.#timers.setImmediate(() => {
        if (this.#over) return
        inside.secureConnecting = false
        // As Node does after a handshake: from here on an end is an end, and no failure to connect.
        for (const listener of socket.listeners('end')) {
          if (listener.name === 'onConnectEnd') socket.removeListener('end', listener)
        }
        this.#isComing = false
        socket.emit('secureConnect')
      })
    } else this.#isComing = false
    if (socket.readable && !socket.isPaused()) socket.read(0)
  }

  /** What TLS sockets ask their handle, as it was answered when this was recorded. */
  #handshakeWas(tls: TlsFacts | undefined): void {
    const der = tls?.certificate
    const certificate = der === undefined ? undefined : new X509Certificate(Buffer.from(der, 'base64'))
    const answers = {
      getProtocol: () => tls?.protocol ?? null,
      getCipher: () => (tls?.cipher === undefined ? undefined : { ...tls.cipher }),
      getPeerX509Certificate: () => certificate,
      getPeerCertificate: () => certificate?.toLegacyObject() ?? {},
    }
    for (const [name, value] of Object.entries(answers)) {
      Object.defineProperty(this.#socket, name, { value, writable: true, configurable: true, enumerable: false })
    }
  }

  #override(): void {
    const [socket, inside] = [this.#socket, this.#inside]
    const proto = Object.getPrototypeOf(socket) as Inside
    const own = (name: string, value: unknown): void => {
      Object.defineProperty(socket, name, { value, writable: true, configurable: true, enumerable: false })
    }
    const whenUp = (act: () => void, done: (error?: Error | null) => void): void => {
      if (this.#over) done(new Error('the socket is closed'))
      else if (inside.connecting) socket.once('connect', act)
      else act()
    }
    let written = 0
    const take = (chunk: Uint8Array | string, encoding: BufferEncoding): void => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
      written += bytes.length
      inside._unrefTimer()
      this.#conversation?.fromClient(bytes)
    }
    own('_write', (chunk: Uint8Array | string, encoding: BufferEncoding, done: () => void) => {
      whenUp(() => {
        take(chunk, encoding)
        done()
      }, done)
    })
    own('_writev', (chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], done: () => void) => {
      whenUp(() => {
        for (const { chunk, encoding } of chunks) take(chunk, encoding)
        done()
      }, done)
    })
    own('_read', () => undefined)
    own('_final', (done: (error?: Error | null) => void) => {
      whenUp(() => {
        this.#conversation?.clientEnd()
        done()
      }, done)
    })
    own('_destroy', (error: Error | null, done: (error: Error | null) => void) => {
      this.#over = true
      this.#isComing = false
      this.#timers.clearInterval(this.#alive)
      this.#conversation?.detach()
      this.#conversation = undefined
      // Without a handle Node's own emits `close` itself.
      proto._destroy.call(socket, error, done)
    })
    own('ref', () => {
      this.#isRef = true
      this.#alive?.ref()
      return socket
    })
    own('unref', () => {
      this.#isRef = false
      this.#alive?.unref()
      return socket
    })
    Object.defineProperty(socket, 'pending', { get: () => inside.connecting, configurable: true })
    Object.defineProperty(socket, 'bytesWritten', { get: () => written, configurable: true })
  }
}
