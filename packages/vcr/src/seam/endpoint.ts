import type { Endpoint } from '@x07-lab/msg-core/driver'
import type { Socket } from 'node:net'

/** What `net.Socket.prototype.connect` was called with, as far as it says where to. */
export interface Dialled {
  readonly endpoint: Endpoint
  /** The listener for `connect`, where one was given. */
  readonly listener: (() => void) | undefined
  /** The socket that TLS was laid over, where it was not dialled for it: `tls.connect({ socket })`. */
  readonly over?: Socket
}

/**
 * Reads the arguments of `connect`: options, `(port, host)`, each with a listener, or the array that `net.connect` and
 * `tls.connect` hand on. Undefined for a pipe or a Unix socket, and for what Node itself refuses.
 */
export function dialled(socket: Socket, args: readonly unknown[]): Dialled | undefined {
  const flat = Array.isArray(args[0]) ? (args[0] as unknown[]) : args
  const listener = flat.findLast((argument) => typeof argument === 'function') as (() => void) | undefined
  const [first, second] = flat
  const given =
    typeof first === 'object' && first !== null
      ? (first as { host?: unknown; port?: unknown; path?: unknown })
      : { port: first, host: typeof second === 'string' ? second : undefined, path: undefined }
  if (given.path !== undefined && given.path !== null) return undefined
  const port = typeof given.port === 'string' && /^\d+$/.test(given.port) ? Number(given.port) : given.port
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined
  const host = typeof given.host === 'string' && given.host !== '' ? given.host : 'localhost'
  return { endpoint: { host, port, tls: isTls(socket) }, listener }
}

export function isTls(socket: Socket): boolean {
  return (socket as { encrypted?: unknown }).encrypted === true
}
