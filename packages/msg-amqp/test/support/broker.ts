import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'vitest'

/** Where the live tests look for RabbitMQ: X07_LAB_AMQP_PORT, default 5672, on this machine. */
export const livePort = Number(process.env['X07_LAB_AMQP_PORT'] ?? 5672)

/** The port of a broker on this machine, or undefined: then the file's tests are skipped with the reason in their title. */
export async function amqpBroker(): Promise<{ readonly port: number } | undefined> {
  const socket = connect({ host: '127.0.0.1', port: livePort })
  try {
    await once(socket, 'connect')
    return { port: livePort }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    describe('live RabbitMQ', () => {
      test.skip(`skipped: 127.0.0.1:${livePort} answers ${reason}; start one, or set X07_LAB_AMQP_PORT`, () =>
        undefined)
    })
    return undefined
  } finally {
    socket.destroy()
  }
}
