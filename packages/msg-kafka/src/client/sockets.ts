import net from 'node:net'
import tls from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import type { Settings } from '../options.ts'

/** After so many milliseconds without traffic the kernel asks whether the peer is still there. */
const keepAliveAfterMs = 30_000

/** The connections of one kafkajs client, and the way to cut them. */
export interface Sockets {
  readonly factory: ISocketFactory
  /** What forbade the latest dial, if one was forbidden; kafkajs keeps only its message. */
  denial(): unknown
  /** Cuts every connection, so that the next request dials anew: a half-open connection is never noticed otherwise. */
  cut(reason: string): void
}

/** Dials for kafkajs: asks for permission first, and remembers what it dialled. */
export function openSockets({ authorize, dialAt }: Pick<Settings, 'authorize' | 'dialAt'>): Sockets {
  const open = new Set<net.Socket>()
  let denied: unknown
  return {
    factory({ host, port, ssl, onConnect }) {
      const address = dialAt(host, port)
      try {
        authorize(address.host, address.port)
      } catch (error) {
        denied = error
        throw error
      }
      const socket = dial(address, host, ssl, onConnect)
      socket.setNoDelay(true)
      socket.setKeepAlive(true, keepAliveAfterMs)
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      return socket
    },
    denial: () => denied,
    cut(reason) {
      for (const socket of open) socket.destroy(new Error(reason))
    },
  }
}

function dial(
  address: { readonly host: string; readonly port: number },
  advertisedHost: string,
  ssl: tls.ConnectionOptions | null | undefined,
  onConnect: () => void,
): net.Socket {
  const at = { host: address.host, port: address.port }
  // kafkajs says null for a plain connection, whatever its types say.
  if (!ssl) return net.connect(at, onConnect)
  // A certificate is for the name the broker advertises, wherever it is dialled; an address is no server name.
  const servername = net.isIP(advertisedHost) === 0 ? { servername: advertisedHost } : {}
  return tls.connect({ ...servername, ...ssl, ...at }, onConnect)
}
