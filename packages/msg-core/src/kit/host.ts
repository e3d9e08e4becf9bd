import { isIPv4, isIPv6 } from 'node:net'

/** A place to connect to. */
export interface Endpoint {
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string
  readonly port: number
}

/** Reads `host:port` or `[IPv6]:port`, with a port from 1 to 65,535; undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^:\s@/[\]]+)):(\d{1,5})$/.exec(text)
  const [, bracketed, plain] = match ?? []
  const port = Number(match?.[3])
  const host = bracketed ?? plain
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined
  return { host: host.toLowerCase(), port }
}

/** Whether a host names this machine alone: by `localhost`, a name below it, or an address of the loopback interface. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return plain === 'localhost' || plain.endsWith('.localhost') || isLoopbackAddress(plain)
}

/** Whether a text is an address of the loopback interface: 127.0.0.0/8, `::1`, or 127.0.0.0/8 written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const mapped = address.toLowerCase().replace(/^::ffff:/, '')
  if (isIPv4(mapped)) return mapped.startsWith('127.')
  return isIPv6(address) && /^(?:0{0,4}:){2,7}0{0,3}1$/.test(address)
}
