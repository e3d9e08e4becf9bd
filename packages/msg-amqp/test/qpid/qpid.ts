import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { classPathOf, sourceProgram } from '../../../../tests/support/maven.ts'

const here = import.meta.dirname

/** Fetches Qpid Broker-J once; undefined, with the reason printed, where that cannot be. */
export const qpidClassPath = (): string | undefined => classPathOf(join(here, 'pom.xml'))

/** A broker of its own, with the account guest; it ends when it is disposed of. */
export async function startQpid(
  classPath: string,
): Promise<AsyncDisposable & { readonly url: string; readonly port: number }> {
  const port = await freePort()
  // Beside the jars stands what the broker logs.
  const path = `${here}:${classPath}`
  const program = sourceProgram(path, join(here, 'QpidBroker.java'), join(here, 'broker.json'), String(port))
  const broker = spawn('java', program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(broker, 'exit')
  const [line] = (await Promise.race([once(createInterface({ input: broker.stdout }), 'line'), ended])) as unknown[]
  if (line !== 'ready') throw new Error(`Qpid Broker-J did not start: ${String(line)}`)
  return {
    port,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      broker.stdin.end()
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
