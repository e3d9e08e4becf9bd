import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { parseOpenMetrics } from '@x07-lab/obs/testing'
import { createProject, type Project } from '../support/project.ts'

const installed = spawnSync('prometheus', ['--version']).status === 0
const reason = 'no prometheus here, install the package prometheus'
// The reporter counts skipped tests and does not say why.
if (!installed) console.warn(`skipped: ${reason}`)

test('a real Prometheus has, at its last scrape of a recording, what metrics.txt says', async ({ skip }) => {
  if (!installed) skip(reason)
  using project = createProject()
  const [target, port] = await freePorts()
  startPrometheus(project, { target, port })
  const { child, ended } = project.start([
    'record',
    '--driver',
    'memory',
    '--input',
    '-',
    '--metrics',
    `127.0.0.1:${target}`,
  ])
  child.stdin.write('{"n":1}\n')
  // It is scraped while it records: only then does the program wait for the last scrape.
  while ((await query(port, 'up == 1')).length === 0) await delay(100)
  child.stdin.end('{"n":2}\n{"n":3}\n')
  expect(await ended).toMatchObject({ code: 0 })
  const stored = await query(port, 'last_over_time({job="lab",__name__!~"up|scrape_.*"}[1m])')
  const expected = parseOpenMetrics(project.read('out/os_record/metrics.txt').toString()).flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => ({ name, labels: Object.fromEntries(labels), value })),
  )
  const sorted = (all: readonly unknown[]): string[] => all.map((one) => JSON.stringify(one)).toSorted()
  expect(expected).toContainEqual({ name: 'lab_messages_produced_total', labels: {}, value: 3 })
  // A range drops the name of a series; what is left tells them apart where the values do.
  expect(sorted(stored.map(({ labels, value }) => [labels, value]))).toEqual(
    sorted(expected.map(({ labels, value }) => [labels, value])),
  )
})

interface Stored {
  readonly labels: Record<string, string>
  readonly value: number
}

/** Nothing where Prometheus does not answer yet. */
async function query(port: number, expression: string): Promise<Stored[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
  const response = await fetch(url).catch(() => undefined)
  if (response?.ok !== true) return []
  const { data } = (await response.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] }
  }
  return data.result.map(({ metric: { job: _job, instance: _instance, __name__: _name, ...labels }, value }) => ({
    labels: Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    value: Number(value[1]),
  }))
}

async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()].map((server) => server.listen(0, '127.0.0.1'))
  const ports: number[] = []
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening')
    const address = server.address()
    ports.push(typeof address === 'object' && address !== null ? address.port : 0)
  }
  for (const server of servers) server.close()
  return [ports[0] ?? 0, ports[1] ?? 0]
}

function startPrometheus(project: Project, { target, port }: { readonly target: number; readonly port: number }): void {
  const job = { job_name: 'lab', scrape_interval: '500ms', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }
  // JSON is YAML.
  project.write('prometheus.yml', JSON.stringify({ scrape_configs: [job] }))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${project.path('prometheus.yml')}`,
      `--storage.tsdb.path=${project.path('prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
}
