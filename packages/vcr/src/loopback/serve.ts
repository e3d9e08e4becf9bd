import net from 'node:net'

import type { Conversation, Endpoint, Line } from '@x07-lab/msg-core/driver'
import { findCassette, nearCassettes, openRun, socketRulesOf } from '@x07-lab/msg-core/run'

import { writeReport } from '../cli/write-report.ts'
import { protocols } from '../protocols.ts'
import { say } from '../report/say.ts'
import { lookLines } from '../report/look.ts'
import { reportLines } from '../report/text.ts'
import { realTimers } from '../seam/timers.ts'
import { socketConfig } from '../session/limits.ts'
import { ReplaySession } from '../session/replay-session.ts'
import { listen, shut, untilDone } from './hosting.ts'

/**
 * A reset takes away what the other side has not read yet. The recorded client had read all that came before it, so this one is
 * given so long to do so, in milliseconds, however busy the machine is.
 */
const readMs = 1_000

/** A `vcr serve` that was understood. */
export interface ServeRequest {
  readonly cassette: string
  readonly root: string
  readonly report: string | undefined
  /** By protocol, the port to listen on; 0 for a free one. */
  readonly ports: ReadonlyMap<string, number>
  /** Runs while the broker is there; without one it is there until a signal. */
  readonly command: readonly string[]
}

/**
 * Plays a cassette as a broker on 127.0.0.1, for programs in any language: the same player as in the process, behind real
 * sockets. Neither randomness nor time of the program can be pinned from here.
 */
export async function serveCommand(request: ServeRequest): Promise<number> {
  try {
    return await serve(request)
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 3
  }
}

async function serve({ cassette, root, ports, report: reportFile, command }: ServeRequest): Promise<number> {
  const file = findCassette(root, cassette)
  if (file.state === 'absent') {
    const remedy = nearCassettes(root, cassette) ?? `record it first: vcr proxy ${cassette}`
    throw new Error(`serve ${file.name}: there is no such cassette; ${remedy}`)
  }
  const run = await openRun({ config: socketConfig, cassette, root, mode: 'replay' })
  if (run.mode === 'record') throw new TypeError('a run in mode replay replays')
  const session = new ReplaySession(run, {
    protocols,
    timers: realTimers,
    rules: socketRulesOf(root, run.cassette),
    onDivergence: ({ text }) => say(`diverged: ${text}`),
    onStall: ({ text }) => say(`stalled: ${text}`),
  })
  const servers: { server: net.Server; sockets: Set<net.Socket> }[] = []
  let code: number
  try {
    for (const [protocol, port] of ports) {
      const sockets = new Set<net.Socket>()
      const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        converse(session, protocol, socket)
      })
      servers.push({ server, sockets })
      say(`serving ${run.cassette} as ${protocol} on 127.0.0.1:${await listen(server, port)}`)
    }
    code = await untilDone(command)
  } finally {
    await Promise.all(servers.map(({ server, sockets }) => shut(server, sockets)))
  }
  const report = session.close(true)
  say(...reportLines(report), ...lookLines(root, report, reportFile))
  const exit = report.divergenceCount > 0 ? 1 : code
  return writeReport(reportFile, {
    mode: 'serve',
    command,
    exit_code: exit,
    program_exit_code: code,
    cassettes: [report],
  })
}

function converse(session: ReplaySession, protocol: string, socket: net.Socket): void {
  const endpoint: Endpoint = { host: '127.0.0.1', port: socket.localPort ?? 0, tls: false }
  const { host, port } = endpoint
  // Whatever broker a client is sent to, it is here.
  const loopback = protocols.find(({ name }) => name === protocol)?.loopback?.(() => ({ host, port }))
  let hasSent = false
  const line: Line = {
    // It stands already: the client spoke first.
    up: () => undefined,
    send(bytes) {
      hasSent = true
      if (!socket.destroyed) socket.write(loopback?.toClient(bytes) ?? bytes)
    },
    end: () => void socket.end(),
    reset() {
      if (hasSent) realTimers.setTimeout(() => socket.resetAndDestroy(), readMs).unref()
      else socket.resetAndDestroy()
    },
    drained: true,
  }
  // Who says nothing only looks whether a broker is there.
  let conversation: Conversation | undefined
  socket.setNoDelay(true)
  socket.on('data', (bytes: Buffer) => {
    conversation ??= session.converse(protocol, endpoint, line)
    loopback?.fromClient(bytes)
    conversation.fromClient(bytes)
  })
  socket.on('end', () => {
    conversation?.clientEnd()
    socket.end()
  })
  // A client that is gone; what it left undone the report tells.
  socket.on('error', () => undefined)
  socket.on('close', () => conversation?.detach())
}
