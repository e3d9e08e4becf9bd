/** A place a contract wants to connect to. */
export interface Endpoint {
  /** Lower case, without brackets. */
  host: string
  port: number
}

/** Reads `host:port` or `[v6]:port`; undefined where it is neither. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^:\s@/]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2]
  if (host === undefined || port < 1 || port > 65_535) return undefined
  return { host: host.toLowerCase(), port }
}

/** Whether a host names this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host)
}
