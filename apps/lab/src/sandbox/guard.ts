import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { DriverError } from '@x07-lab/msg-core'
import { dialerCheck } from './dialer.ts'
import type { SandboxPolicy } from './policy.ts'

/**
 * Holds every part of the process to the policy's addresses, whoever opens a connection: the drivers, their clients, or code
 * that came with them. The one place where this program changes what Node gives everybody (docs/security.md); it is for the
 * sandboxed process of a recording, which has nothing else to do.
 *
 * Connections go to the policy's addresses alone; names are not resolved, nothing is listened on, no datagram is sent.
 *
 * @returns the addresses that were dialled so far, sorted: the seal says them
 */
export function guardNetwork(policy: SandboxPolicy): () => string[] {
  const dialled = new Set<string>()
  const check = dialerCheck(policy)
  const connect = Reflect.get(net.Socket.prototype, 'connect') as (this: net.Socket, ...args: unknown[]) => net.Socket

  function guarded(this: net.Socket, ...args: unknown[]): net.Socket {
    try {
      const { host, port } = targetOf(args)
      check(host, port)
      dialled.add(net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`)
    } catch (error) {
      // As a connection fails that the network refuses.
      return this.destroy(error as Error)
    }
    return connect.apply(this, args)
  }
  fix(net.Socket.prototype, 'connect', guarded)
  fix(net.Server.prototype, 'listen', () => {
    throw denied('listen', policy)
  })
  for (const name of ['bind', 'connect', 'send'] as const) {
    fix(dgram.Socket.prototype, name, () => {
      throw denied(`dgram ${name}`, policy)
    })
  }
  for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (!/^(?:lookup|resolve|reverse)/.test(name)) continue
      fix(owner, name, () => {
        throw denied(`dns ${name}`, policy)
      })
    }
  }
  // Names that were imported one by one are others than the module's own.
  syncBuiltinESMExports()
  return () => [...dialled].sort()
}

/** Node passes `connect` its arguments as they came, or as the list that it made of them. */
function targetOf(args: readonly unknown[]): { readonly host: string; readonly port: number } {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args
  if (typeof first === 'object' && first !== null) {
    const { path, host, port } = first as { path?: unknown; host?: unknown; port?: unknown }
    if (path !== undefined && path !== null)
      return { host: typeof path === 'string' ? path : 'a local socket', port: 0 }
    return { host: typeof host === 'string' ? host : 'localhost', port: Number(port) }
  }
  const host = typeof second === 'string' ? second : 'localhost'
  return Number.isNaN(Number(first)) ? { host: String(first), port: 0 } : { host, port: Number(first) }
}

function denied(what: string, { file }: SandboxPolicy): DriverError {
  return new DriverError(
    'access_denied',
    `${what}: a recording connects to the addresses of ${file} and does nothing else`,
  )
}

/** For good: what comes later cannot put the old one back. */
function fix(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: false, configurable: false, enumerable: true })
}
