import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

/** A connection over loopback takes less than a millisecond; a packet filter that drops it takes for ever. */
const CONNECT_TIMEOUT_MS = 2_000

/**
 * Whether a process here can reach another over TCP on 127.0.0.1, tried once with a listener of its own. Prints why not,
 * for tests that are skipped then: `describe.skipIf(!(await hasLoopback()))`.
 *
 * A network namespace without any interface lets a program bind 127.0.0.1 and refuses every connection to it, so that
 * binding alone tells nothing.
 */
export async function hasLoopback(): Promise<boolean> {
  const server = createServer()
  const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS)
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening', { signal })
    const { port } = server.address() as AddressInfo
    const socket = connect({ host: '127.0.0.1', port })
    try {
      await once(socket, 'connect', { signal })
    } finally {
      socket.destroy()
    }
    return true
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    console.log(`skipped: what needs TCP on 127.0.0.1, which this process does not have (${why})`)
    return false
  } finally {
    server.close()
  }
}
