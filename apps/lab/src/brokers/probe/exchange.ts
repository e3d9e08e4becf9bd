import { connect } from 'node:net'

import { errorCode } from '../error-code.ts'

/** What one protocol request to a port showed. */
export type Probe =
  /** What the broker calls itself, such as `RabbitMQ` or `Apache Qpid Broker-J Core`, and its version, where it says them. */
  | { readonly outcome: 'answers'; readonly name?: string; readonly version?: string }
  /** Nobody listens on the port. */
  | { readonly outcome: 'free' }
  /** Somebody accepts connections and has not answered in time: another protocol, or a broker still starting. */
  | { readonly outcome: 'silent' }
  /** Somebody answered as no such broker does. */
  | { readonly outcome: 'other'; readonly seen: string }

/** Reads an answer as it arrives: `undefined` asks for more bytes. */
export type AnswerReader = (received: Uint8Array) => Probe | undefined

/** No handshake answer of a broker is longer; more than this is another protocol. */
export const MAX_ANSWER_BYTES = 65_536

/** A broker on the same machine answers a handshake in a few milliseconds, a busy one in a few hundred. */
const PROBE_TIMEOUT_MS = 2_000

/** Sends one request to `host:port` and reads the answer until `read` has seen enough. Never throws. */
export function exchange(
  host: string,
  port: number,
  request: Uint8Array,
  read: AnswerReader,
  timeoutMs: number = PROBE_TIMEOUT_MS,
): Promise<Probe> {
  return new Promise((resolve) => {
    let received: Uint8Array = new Uint8Array()
    const socket = connect({ host, port })
    const finish = (probe: Probe): void => {
      socket.destroy()
      resolve(probe)
    }
    socket.setTimeout(timeoutMs, () => finish({ outcome: 'silent' }))
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const probe = read(received)
      if (probe !== undefined) finish(probe)
      else if (received.length > MAX_ANSWER_BYTES) finish({ outcome: 'other', seen: 'an endless answer' })
    })
    socket.on('error', (error) => finish(nobody.has(errorCode(error) ?? '') ? { outcome: 'free' } : closedEarly))
    socket.on('close', () => finish(closedEarly))
  })
}

/** How a connection fails where nobody listens; the second where not even loopback is up, as in a fresh network namespace. */
const nobody: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENETUNREACH'])

const closedEarly: Probe = { outcome: 'other', seen: 'a server that closes the connection without an answer' }
