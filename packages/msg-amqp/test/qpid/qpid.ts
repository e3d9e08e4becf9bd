import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const here = import.meta.dirname
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab', 'qpid-9.2.1')

/** Fetches Qpid Broker-J once; says why its tests are skipped where that cannot be. */
export function hasQpid(): boolean {
  const ready = join(cache, 'ready')
  if (existsSync(ready)) return true
  try {
    mkdirSync(cache, { recursive: true })
    for (const name of ['pom.xml', 'logback.xml']) cpSync(join(here, name), join(cache, name))
    const copy = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib']
    execFileSync('mvn', copy, { cwd: cache, stdio: 'ignore', timeout: 120_000 })
    execFileSync('javac', ['-cp', 'lib/*', '-d', '.', join(here, 'QpidBroker.java')], { cwd: cache, stdio: 'ignore' })
    writeFileSync(ready, '')
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    console.log(`skipped: Qpid Broker-J is not available (${reason}); it takes Maven, javac and a repository`)
    return false
  }
}

/** A broker of its own, with the account guest; it ends when it is disposed of. */
export async function startQpid(): Promise<AsyncDisposable & { readonly url: string; readonly port: number }> {
  const port = await freePort()
  const program = ['-XX:TieredStopAtLevel=1', '-cp', '.:lib/*', 'QpidBroker', join(here, 'broker.json'), String(port)]
  const broker = spawn('java', program, { cwd: cache, stdio: ['pipe', 'pipe', 'inherit'] })
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
