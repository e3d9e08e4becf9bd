import net from 'node:net'
import tls from 'node:tls'
import { parseEndpoint } from '@x07-lab/msg-core/kit'
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
    factory({ host: named, port, ssl, onConnect }) {
      const host = hostFromKafkajs(named)
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

/**
 * A seed address as kafkajs can carry it: it cuts `host:port` at the first colon, so that the colons of an IPv6 address are
 * written as underscores, which no address and no host name has.
 */
export function seedForKafkajs(address: string): string {
  const { host, port } = parseEndpoint(address) ?? { host: address, port: 0 }
  return `${net.isIPv6(host) ? host.replaceAll(':', '_') : host}:${port}`
}

function hostFromKafkajs(host: string): string {
  const address = host.replaceAll('_', ':')
  return net.isIPv6(address) ? address : host
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
