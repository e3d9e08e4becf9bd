import { createServer, type Server, type Socket } from 'node:net'

import type { ChunkHook, ProxyDirection, ProxyFaults } from './tcp-proxy-faults.ts'
import { openLink, type TcpLink } from './tcp-proxy-link.ts'

/** More connections at once than any client pool opens; the next one is reset. */
const DEFAULT_MAX_CONNECTIONS = 256

/** Options of `startTcpProxy`. */
export type TcpProxyOptions = {
  /** Where connections are passed on to. */
  readonly target: { readonly host: string; readonly port: number }
  /** Port on 127.0.0.1 to listen on; a free one unless told. */
  readonly port?: number
  /** Connections at once; 256 unless told. */
  readonly maxConnections?: number
}

/** A TCP proxy on 127.0.0.1 that a test makes trouble with. All faults may be called again and in any order. */
export type TcpProxy = AsyncDisposable & {
  /** Port that clients connect to. */
  readonly port: number
  /** Connections open now. */
  readonly connections: number
  /** Connections accepted since the start, those reset by `refuse` not among them. */
  readonly accepted: number
  /** Bytes received for a direction since the start, whether or not they were passed on. */
  readonly received: (direction: ProxyDirection) => number
  /** Resets every open connection on both sides (RST, not FIN). New ones are accepted. */
  readonly cut: () => void
  /**
   * Passes nothing on over the connections open now, neither bytes nor their end, while their sockets stay open: a
   * peer whose cable was pulled. New connections work.
   */
  readonly halfOpen: () => void
  /** Holds bytes of a direction back, on open and new connections, until `resume`. Nothing is lost: senders feel backpressure. */
  readonly stall: (direction: ProxyDirection) => void
  readonly resume: (direction: ProxyDirection) => void
  /** Swallows the next `bytes` of a direction over all connections, which breaks the protocol above in mid-frame. */
  readonly dropNext: (direction: ProxyDirection, bytes: number) => void
  /** Sets the hook of a direction, or removes it. */
  readonly onChunk: (direction: ProxyDirection, hook: ChunkHook | undefined) => void
  /** Resets new connections as they come; the port stays the proxy's. Open ones are left alone. */
  readonly refuse: () => void
  /** Accepts new connections again. */
  readonly accept: () => void
  /** Resolves when `accepted` has reached `count`. @throws the signal's reason when it is aborted first */
  readonly waitForAccepted: (count: number, signal?: AbortSignal) => Promise<void>
  /** Resets what is open and gives the port back. */
  readonly close: () => Promise<void>
}

/** Starts a proxy between clients on this machine and a broker. @throws the system's error when the port is taken */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const links = new Set<TcpLink>()
  const waiters = new Set<() => void>()
  const faults: ProxyFaults = {
    stalled: { toTarget: false, toClient: false },
    toDrop: { toTarget: 0, toClient: 0 },
    received: { toTarget: 0, toClient: 0 },
    hooks: { toTarget: undefined, toClient: undefined },
  }
  let accepted = 0
  let refusing = false

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client: Socket) => {
    if (refusing || links.size >= (options.maxConnections ?? DEFAULT_MAX_CONNECTIONS)) {
      client.resetAndDestroy()
      return
    }
    accepted += 1
    const link = openLink(client, options.target, accepted, faults, () => links.delete(link))
    links.add(link)
    for (const wake of waiters) wake()
  })
  const port = await listen(server, options.port ?? 0)

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    for (const link of links) link.cut()
    await closed
  }
  return {
    port,
    get connections() {
      return links.size
    },
    get accepted() {
      return accepted
    },
    received: (direction) => faults.received[direction],
    cut: () => {
      for (const link of links) link.cut()
    },
    halfOpen: () => {
      for (const link of links) link.halfOpen()
    },
    stall: (direction) => {
      faults.stalled[direction] = true
      for (const link of links) link.stall(direction)
    },
    resume: (direction) => {
      faults.stalled[direction] = false
      for (const link of links) link.resume(direction)
    },
    dropNext: (direction, bytes) => {
      faults.toDrop[direction] += bytes
    },
    onChunk: (direction, hook) => {
      faults.hooks[direction] = hook
    },
    refuse: () => {
      refusing = true
    },
    accept: () => {
      refusing = false
    },
    waitForAccepted: (count, signal) => waitUntil(() => accepted >= count, waiters, signal),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string')
        reject(new TypeError('start a proxy: the system gave it no port'))
      else resolve(address.port)
    })
  })
}

function waitUntil(reached: () => boolean, waiters: Set<() => void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      if (!reached() && signal?.aborted !== true) return
      waiters.delete(settle)
      signal?.removeEventListener('abort', settle)
      if (reached()) resolve()
      else reject(signal?.reason)
    }
    waiters.add(settle)
    signal?.addEventListener('abort', settle)
    settle()
  })
}
