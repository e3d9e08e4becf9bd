import net from 'node:net'

import type { BrokerAddress, ConnectionRecorder, Endpoint, LoopbackConnection } from '@x07-lab/msg-core/driver'
import { openRun } from '@x07-lab/msg-core/run'

import { writeReport } from '../cli/write-report.ts'
import { protocols } from '../protocols.ts'
import { say } from '../report/say.ts'
import { reportLines } from '../report/text.ts'
import { failureText } from '../seam/failure.ts'
import { socketConfig } from '../session/limits.ts'
import { RecordingSession } from '../session/recording-session.ts'
import { listen, shut, untilDone } from './hosting.ts'

/** Where to listen, 0 for a free port, and the broker. */
interface Route {
  readonly protocol: string
  readonly port: number
  readonly broker: Endpoint
}

/** A `vcr proxy` that was understood. */
export interface ProxyRequest {
  readonly cassette: string
  readonly root: string
  readonly report: string | undefined
  readonly routes: readonly Route[]
  /** Runs while the proxy is there; without one it is there until a signal. */
  readonly command: readonly string[]
}

/** Records programs in any language: they dial the proxy on 127.0.0.1, which dials the broker. */
export async function proxyCommand(request: ProxyRequest): Promise<number> {
  try {
    return await proxy(request)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 3
  }
}

async function proxy({ cassette, root, routes, report: reportFile, command }: ProxyRequest): Promise<number> {
  const run = await openRun({ config: socketConfig, cassette, root, mode: 'record' })
  if (run.mode === 'replay') throw new TypeError('a run in mode record records')
  const session = new RecordingSession(run, { protocols, root })
  const servers: { server: net.Server; sockets: Set<net.Socket> }[] = []
  /** With the ports that were free where a route left that open: clients are sent to these. */
  const open: Route[] = []
  let code: number
  try {
    for (const { protocol, port, broker } of routes) {
      const sockets = new Set<net.Socket>()
      const server = net.createServer({ allowHalfOpen: true }, (client) => {
        const upstream = net.connect({ host: broker.host, port: broker.port, allowHalfOpen: true })
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.setNoDelay(true)
          socket.on('close', () => sockets.delete(socket))
        }
        relay(session, protocol, broker, client, upstream, loopbackOf(protocol, open))
      })
      servers.push({ server, sockets })
      const listening = await listen(server, port)
      open.push({ protocol, port: listening, broker })
      say(
        `recording ${run.cassette}: ${protocol} on 127.0.0.1:${listening}, the broker is ${broker.host}:${broker.port}`,
      )
    }
    code = await untilDone(command)
  } finally {
    await Promise.all(servers.map(({ server, sockets }) => shut(server, sockets)))
  }
  const report = session.close(true)
  say(...reportLines(report))
  const nothing = report.entries === 0 || report.problem !== undefined || report.notUnderstood.length > 0
  const exit = nothing ? 3 : code
  return writeReport(reportFile, {
    mode: 'proxy',
    command,
    exit_code: exit,
    program_exit_code: code,
    cassettes: [report],
  })
}

function relay(
  session: RecordingSession,
  protocol: string,
  broker: Endpoint,
  client: net.Socket,
  upstream: net.Socket,
  loopback: LoopbackConnection | undefined,
): void {
  let recorder: ConnectionRecorder | undefined
  let up = false
  let hasSpoken = false
  const tell = (what: (to: ConnectionRecorder) => void): void => {
    if (recorder === undefined) return
    try {
      what(recorder)
    } catch (error) {
      session.notUnderstood(protocol, broker, error)
      recorder = undefined
    }
  }
  client.pause()
  upstream.on('connect', () => {
    up = true
    client.resume()
  })
  client.on('data', (bytes: Buffer) => {
    // Who says nothing only looks whether a broker is there.
    if (!hasSpoken) recorder = session.connection(protocol, broker, undefined)
    hasSpoken = true
    loopback?.fromClient(bytes)
    tell((to) => to.fromClient(bytes))
    if (!upstream.write(bytes)) client.pause()
  })
  upstream.on('data', (bytes: Buffer) => {
    const recorded = loopback?.toRecord(bytes) ?? bytes
    tell((to) => to.fromBroker(recorded))
    if (!client.write(loopback?.toClient(recorded) ?? recorded)) upstream.pause()
  })
  upstream.on('drain', () => client.resume())
  client.on('drain', () => upstream.resume())
  client.on('end', () => {
    tell((to) => to.clientEnd())
    upstream.end()
  })
  upstream.on('end', () => {
    tell((to) => to.brokerEnd())
    client.end()
  })
  client.on('error', () => upstream.destroy())
  upstream.on('error', (error) => {
    if (up) tell((to) => to.closed(failureText(error)))
    else session.dialFailed(broker, failureText(error))
    client.resetAndDestroy()
  })
  client.on('close', () => {
    tell((to) => to.closed(undefined))
    recorder = undefined
    upstream.destroy()
  })
}

/** Brokers that have a route are dialled here; to others a client goes by itself, and what it says there is not recorded. */
function loopbackOf(protocol: string, routes: readonly Route[]): LoopbackConnection | undefined {
  const addressOf = (broker: BrokerAddress): BrokerAddress => {
    const route = routes.find(
      (one) => one.protocol === protocol && one.broker.port === broker.port && isSameHost(one.broker.host, broker.host),
    )
    return route === undefined ? broker : { host: '127.0.0.1', port: route.port }
  }
  return protocols.find(({ name }) => name === protocol)?.loopback?.(addressOf)
}

/** A broker on this machine may call itself by any of its names. */
function isSameHost(one: string, other: string): boolean {
  return one === other || (isLoopback(one) && isLoopback(other))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
