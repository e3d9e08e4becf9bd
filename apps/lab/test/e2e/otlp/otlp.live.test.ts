import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { createProject } from '../../support/project.ts'

const here = import.meta.dirname
const repository = join(here, '..', '..', '..', '..', '..')
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab', 'otlp-0.165.0')
const program = join(cache, 'otlp')

/** Builds the receiver once; says why its test is skipped where that cannot be. */
function hasReceiver(): boolean {
  if (existsSync(program)) return true
  try {
    mkdirSync(cache, { recursive: true })
    for (const name of ['main.go', 'go.mod', 'go.sum']) cpSync(join(here, name), join(cache, name))
    execFileSync('go', ['build', '-o', program, '.'], { cwd: cache, stdio: 'ignore', timeout: 300_000 })
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    console.warn(
      `skipped: the OpenTelemetry Collector's receiver is not available (${reason}); it takes Go and a module proxy`,
    )
    return false
  }
}

/** What is told of a trace: how many spans were taken, or the status that it was refused with. */
type Send = (trace: string) => Promise<{ readonly status: number; readonly taken?: string }>

test.skipIf(!hasReceiver())(
  "the OpenTelemetry Collector's receiver takes every trace, and refuses a broken one",
  async () => {
    const send = await startReceiver()
    using project = createProject()
    for (const name of ['kafka-orders', 'amqp-orders']) {
      cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`))
      expect(await project.process(['replay', '--cassette', name])).toMatchObject({ code: 0 })
      const trace = project.read('out/rr_replay/trace.json').toString()
      expect(await send(trace)).toEqual({ status: 200, taken: `spans ${spansIn(trace)}` })
    }
    // Of a program that was recorded at its socket.
    for (const name of ['orders', 'kafka-orders']) {
      const path = join(repository, 'packages', 'vcr', 'test', 'cassettes', '.x07_rr', `${name}.rrbin`)
      const { stdout } = await project.lab(['cassette', 'export', path, '--to', 'otlp'])
      expect(spansIn(stdout)).toBeGreaterThan(2)
      expect(await send(stdout)).toEqual({ status: 200, taken: `spans ${spansIn(stdout)}` })
    }
    const trace = project.read('out/rr_replay/trace.json').toString()
    for (const broken of [
      trace.slice(0, -10),
      trace.replace(/"traceId":"[0-9a-f]+"/, '"traceId":"0af7"'),
      trace.replace(/"startTimeUnixNano":"\d+"/, '"startTimeUnixNano":"soon"'),
      trace.replace(/"kind":4/, '"kind":"four"'),
    ]) {
      expect(broken).not.toBe(trace)
      expect(await send(broken)).toEqual({ status: 400 })
    }
  },
)

function spansIn(trace: string): number {
  return trace.match(/"startTimeUnixNano"/g)?.length ?? 0
}

async function startReceiver(): Promise<Send> {
  const address = `127.0.0.1:${await freePort()}`
  const receiver = spawn(program, [address], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    receiver.kill('SIGINT')
    if (receiver.exitCode === null) await once(receiver, 'exit')
  })
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('listening')
  return async (body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://${address}/v1/traces`, { method: 'POST', headers, body })
    await response.text()
    const { status } = response
    return status === 200 ? { status, taken: (await lines.next()).value as string } : { status }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
