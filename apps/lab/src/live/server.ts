import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLoopbackAddress, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../user-error.ts'
import type { Exposition, ScrapeAnswered, ScrapeAsked } from './messages.ts'

/** Serves the metrics of a run while it lasts. */
export interface MetricsServer extends AsyncDisposable {
  /** Where: `http://127.0.0.1:9464/metrics`. */
  readonly url: string
  /** Takes the values from the process that has them. */
  readonly attach: (child: ChildProcess) => void
  /**
   * Resolves when whoever scraped during the run has the values with which it ended, or does not come again: a scrape is a look
   * every so often, and the last values are what a run came to. At once where nobody scraped.
   */
  readonly lastScraped: () => Promise<void>
}

const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const classicType = 'text/plain; version=0.0.4; charset=utf-8'

/** A scraper that has not come for so many of its intervals is not waited for. */
const missedIntervals = 2
/** Nor is one that comes more seldom than this: Prometheus's own default is a minute. */
const longestWaitMs = 60_000
const shortestWaitMs = 1_000

/**
 * Listens on a loopback address: what the sandboxed process measures is served by the one that started it, so that the policy of a
 * recording needs no right to listen.
 *
 * @param address `HOST:PORT`; port 0 takes any that is free
 * @throws UserError for another address than loopback, or one that is taken
 */
export async function serveMetrics(address: string): Promise<MetricsServer> {
  const { host, port } = endpointOf(address)
  let child: ChildProcess | undefined
  let last: Exposition | undefined
  let asked = 0
  const waiting = new Map<number, (exposition: Exposition) => void>()
  const scrapes: number[] = []
  let lastTaken = (): void => {}

  const values = (): Promise<Exposition | undefined> => {
    if (last !== undefined || child?.connected !== true) return Promise.resolve(last)
    const scrape = asked++
    const answered = new Promise<Exposition>((take) => waiting.set(scrape, take))
    child.send({ scrape } satisfies ScrapeAsked, () => {})
    return answered
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (new URL(request.url ?? '/', 'http://x').pathname !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('the metrics are at /metrics\n')
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end()
      return
    }
    const exposition = await values()
    if (exposition === undefined) {
      response.writeHead(503, { 'content-type': 'text/plain' }).end('the run has not begun to measure\n')
      return
    }
    const isOpen = /application\/openmetrics-text/.test(request.headers.accept ?? '')
    response.writeHead(200, { 'content-type': isOpen ? openMetricsType : classicType })
    scrapes.push(performance.now())
    response.end(isOpen ? exposition.openMetrics : exposition.classic, () => {
      if (exposition === last) lastTaken()
    })
  }

  const server = createServer((request, response) => void respond(request, response))
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new UserError(
      `--metrics ${address}: ${whyFailed(cause)}; give another port, or 0 for any that is free`,
      exitCodes.environment,
      { cause },
    )
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/metrics`,
    attach(started) {
      child = started
      child.on('message', (message) => {
        const { scraped, exposition } = message as Partial<ScrapeAnswered>
        if (scraped === undefined || exposition === undefined) return
        if (scraped === 'last') last = exposition
        else waiting.get(scraped)?.(exposition)
        if (scraped !== 'last') waiting.delete(scraped)
      })
      child.on('exit', () => {
        for (const take of waiting.values()) if (last !== undefined) take(last)
      })
    },
    async lastScraped() {
      const [before, latest] = scrapes.slice(-2)
      if (last === undefined || latest === undefined) return
      const interval = before === undefined ? longestWaitMs : latest - before
      const wait = Math.min(longestWaitMs, Math.max(shortestWaitMs, missedIntervals * interval))
      const taken = new Promise<void>((done) => (lastTaken = done))
      let timer: NodeJS.Timeout | undefined
      await Promise.race([taken, new Promise((done) => (timer = setTimeout(done, wait)))])
      clearTimeout(timer)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function endpointOf(address: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address) ?? []
  const host = bracketed ?? plain ?? ''
  if (!isLoopbackAddress(host) || Number(port) > 65_535) {
    throw new UserError(
      `--metrics ${JSON.stringify(address)}: give a loopback address and a port, such as 127.0.0.1:9464`,
    )
  }
  return { host, port: Number(port) }
}
