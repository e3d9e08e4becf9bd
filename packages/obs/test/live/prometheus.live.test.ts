import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OPENMETRICS_CONTENT_TYPE, renderOpenMetrics } from '../../src/index.ts'
import { parseOpenMetrics } from '../../src/testing/index.ts'
import { awkwardMetrics, labMetrics } from './sample-metrics.ts'

const installed = spawnSync('prometheus', ['--version']).status === 0
const reason = 'no prometheus here, install the package prometheus'
// The reporter counts skipped tests and does not say why.
if (!installed) console.warn(`skipped: ${reason}`)

test.for([
  ['the metrics of this repository', labMetrics],
  ['labels and amounts that readers stumble over', awkwardMetrics],
] as const)('a real Prometheus takes every sample of %s', async ([, snapshot], { skip }) => {
  if (!installed) skip(reason)
  const text = renderOpenMetrics(snapshot())
  const target = await serve(text)
  const port = await freePort()
  const output = await startPrometheus(port, target.port)
  // One scrape follows the end of the one before, so at the second the first has been stored.
  await Promise.race([target.scrapedTwice, output.ended])
  expect(target.headers()?.accept).toContain('application/openmetrics-text')

  const stored = await query(port, '{job="lab",__name__!~"up|scrape_.*"}')
  const expected = parseOpenMetrics(text).flatMap(({ samples }) =>
    samples.map(({ name, labels, value }) => ({
      series: seriesKey({ __name__: name, ...Object.fromEntries(labels) }),
      value,
    })),
  )
  expect(stored.map(({ metric, value }) => ({ series: seriesKey(metric), value })).toSorted(bySeries)).toEqual(
    expected.toSorted(bySeries),
  )
  expect((await query(port, 'scrape_samples_scraped')).map(({ value }) => value)).toEqual([expected.length])
  expect((await query(port, 'up')).map(({ value }) => value)).toEqual([1])
})

interface Stored {
  metric: Record<string, string>
  value: number
}

async function query(port: number, expression: string): Promise<Stored[]> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
  const answer: { data: { result: { metric: Record<string, string>; value: [number, string] }[] } } = JSON.parse(
    await (await fetch(url)).text(),
  )
  return answer.data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }))
}

/** A series without the labels that Prometheus adds to every one. */
function seriesKey({ job: _job, instance: _instance, ...labels }: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function bySeries(one: { series: string }, other: { series: string }): number {
  return one.series < other.series ? -1 : 1
}

interface Target {
  readonly port: number
  headers(): IncomingHttpHeaders | undefined
  /** Resolves when the text has been asked for twice. */
  readonly scrapedTwice: Promise<void>
}

async function serve(text: string): Promise<Target> {
  const seen: IncomingHttpHeaders[] = []
  const twice = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    response.setHeader('content-type', OPENMETRICS_CONTENT_TYPE).end(text)
    seen.push(request.headers)
    if (seen.length === 2) twice.resolve()
  })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const port = await listen(server)
  return { port, headers: () => seen[0], scrapedTwice: twice.promise }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('listen on loopback: there is no port')
  return address.port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await once(server.close(), 'close')
  return port
}

async function startPrometheus(port: number, targetPort: number): Promise<{ ended: Promise<never> }> {
  const folder = await mkdtemp(join(tmpdir(), 'obs-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  const job = { job_name: 'lab', scrape_interval: '500ms', static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }] }
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ scrape_configs: [job] }))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await exit
    await rm(folder, { recursive: true, force: true })
  })
  const ended = exit.then((): never => {
    throw new Error(`run prometheus: it ended by itself, and said ${errors.slice(-2000)}`)
  })
  ended.catch(() => undefined)
  return { ended }
}
