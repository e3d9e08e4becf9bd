import { getSystemErrorMap } from 'node:util'

import type { Endpoint } from '@x07-lab/msg-core/driver'

/** What a client can read of an error of the system. */
interface Recorded {
  readonly code: string
  readonly message?: string
  readonly syscall?: string
  readonly errno?: number
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  /** Of TLS. */
  readonly library?: string
  readonly reason?: string
  /** Of an AggregateError: one for each address that was tried. */
  readonly errors?: readonly Recorded[]
}

const kept = ['code', 'message', 'syscall', 'errno', 'address', 'port', 'hostname', 'library', 'reason'] as const

/** Whether the world broke the connection, and not the program by `destroy(error)`. */
export function isOfTheWorld(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown }
  if (typeof code !== 'string') return false
  // With TLS 1.3 a broker refuses the client's certificate, by an alert, after the client has begun to speak.
  return typeof syscall === 'string' || code.startsWith('ERR_SSL_') || error instanceof AggregateError
}

/** An error of the system as the text that an entry keeps. */
export function failureText(error: unknown): string {
  return JSON.stringify(recorded(error))
}

function recorded(error: unknown): Recorded {
  const from = error as Record<string, unknown>
  const out: Record<string, unknown> = {}
  for (const name of kept) if (typeof from[name] === 'string' || typeof from[name] === 'number') out[name] = from[name]
  if (error instanceof AggregateError) out['errors'] = error.errors.map(recorded)
  return { code: 'ECONNRESET', ...out }
}

/** The error that a text stands for: one that {@link failureText} gave, or a bare code such as `ECONNRESET`. */
export function failureError(text: string, endpoint: Endpoint, up: boolean): Error {
  const parsed = text.startsWith('{') ? (JSON.parse(text) as Recorded) : undefined
  return errorOf(parsed ?? bare(text, endpoint, up))
}

/** The text of a connection that is reset by the replay itself, and why: a program that dies of it shows the reason. */
export function resetText(why: string): string {
  const { message, ...rest } = bare('ECONNRESET', { host: '', port: 0, tls: false }, true)
  return JSON.stringify({ ...rest, message: `${message}: ${why}` })
}

function bare(code: string, { host, port }: Endpoint, up: boolean): Recorded {
  const syscall = up ? 'read' : 'connect'
  const errno = [...getSystemErrorMap()].find(([, [name]]) => name === code)?.[0]
  const known = errno === undefined ? {} : { errno }
  return up
    ? { code, message: `${syscall} ${code}`, syscall, ...known }
    : { code, message: `${syscall} ${code} ${host}:${port}`, syscall, address: host, port, ...known }
}

/** What a dial to this machine gets where it has no network at all. */
const networkless: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EHOSTUNREACH'])

/** The error of a dial to this machine, as it would be with a network in which nobody listens. */
export function withoutNetwork(error: Error | null): Error | null {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  const isDial = syscall === 'connect' || error instanceof AggregateError
  if (error === null || !isDial || code === undefined || !networkless.has(code)) return error
  return errorOf(refusedInstead(recorded(error)))
}

function refusedInstead({ code, message = '', errors, ...rest }: Recorded): Recorded {
  const refused = bare('ECONNREFUSED', { host: '', port: 0, tls: false }, false)
  return {
    ...rest,
    code: 'ECONNREFUSED',
    message: message.replace(code, 'ECONNREFUSED').replace(/ - Local .*$/, ''),
    ...(errors === undefined ? { errno: refused.errno ?? 0 } : { errors: errors.map(refusedInstead) }),
  }
}

function errorOf({ errors, message = '', ...rest }: Recorded): Error {
  const error = errors === undefined ? new Error(message) : new AggregateError(errors.map(errorOf), message)
  return Object.assign(error, rest)
}
