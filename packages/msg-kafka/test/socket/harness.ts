import { decodeEntry, encodeEntry, openReader, openWriter } from '@x07-lab/msg-core/format'
import type { ConnectionRecorder, Line, PlayReport, PlayScheduler, SocketSink } from '@x07-lab/msg-core/driver'
import type { ISocketFactory } from 'kafkajs'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Duplex } from 'node:stream'
import { kafkaProtocol } from '../../src/socket/index.ts'

/** A cassette that socket entries are written to. */
export function openSink(path: string): SocketSink & { close(): void } {
  const writer = openWriter(path, { truncate: true })
  let last = performance.now()
  return {
    append({ op, key, req, resp, err, sameTurn }) {
      const now = performance.now()
      const ticks = sameTurn === true ? 0 : Math.max(1, Math.round((now - last) * 1000))
      last = now
      writer.append(encodeEntry({ kind: 'rr', op, key, req, resp, err: err ?? 0, latencyTicks: ticks }))
    },
    close: () => writer.close(),
  }
}

/** Records what kafkajs says over sockets of this factory. */
export function recordingFactory(sink: SocketSink): ISocketFactory {
  const recorder = kafkaProtocol.recorder(sink)
  return ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, () => {
      recording = recorder.connection({ host, port, tls: false })
      onConnect()
    })
    let recording: ConnectionRecorder | undefined
    let failure: string | undefined
    const write = socket.write.bind(socket)
    socket.write = (chunk: Uint8Array | string, ...more: never[]) => {
      recording?.fromClient(typeof chunk === 'string' ? Buffer.from(chunk, 'binary') : chunk)
      return write(chunk, ...more)
    }
    const end = socket.end.bind(socket)
    socket.end = (...more: never[]) => {
      recording?.clientEnd()
      return end(...more)
    }
    socket.prependListener('data', (bytes: Buffer) => recording?.fromBroker(bytes))
    socket.prependListener('end', () => recording?.brokerEnd())
    socket.prependListener('error', (error: NodeJS.ErrnoException) => {
      failure = error.code ?? error.message
      if (recording === undefined) recorder.dialFailed({ host, port, tls: false }, failure)
    })
    socket.on('close', () => recording?.closed(failure))
    return socket
  }
}

const scheduler: PlayScheduler = {
  now: () => performance.now(),
  turn: (run) => void setImmediate(run),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Plays a cassette to sockets of this factory. */
export function replaying(path: string): {
  readonly factory: ISocketFactory
  readonly told: string[]
  readonly close: () => PlayReport
  readonly waitingFor: () => string[]
} {
  const reader = openReader(path)
  if (reader === undefined) throw new Error(`${path} is not there`)
  const told: string[] = []
  const player = kafkaProtocol.player({ reader, scheduler, diverged: (_, text) => void told.push(text) })
  const factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        conversation.fromClient(chunk)
        done()
      },
      final(done) {
        conversation.clientEnd()
        done()
      },
      destroy(error, done) {
        conversation.detach()
        done(error)
      },
    })
    const line: Line = {
      up: () => setImmediate(() => onConnect()),
      send: (bytes) => void socket.push(Buffer.from(bytes)),
      end: () => void (socket.destroyed || socket.push(null)),
      reset: (code) => void socket.destroy(Object.assign(new Error(`read ${code}`), { code })),
      get drained() {
        return socket.readableLength === 0
      },
    }
    const conversation = player.dial({ host, port, tls: false }, line)
    return Object.assign(socket, {
      setKeepAlive: () => socket,
      setTimeout: () => socket,
      ref: () => socket,
      unref: () => socket,
    }) as unknown as Socket
  }
  return {
    factory,
    told,
    close: () => player.close(),
    waitingFor: () => player.waitingFor().map(({ text, entry }) => `${text} (entry ${entry})`),
  }
}

/** The entries of a cassette in words, for tests: op and key. */
export function entriesOf(path: string): string[] {
  using reader = openReader(path)
  return Array.from({ length: reader.count }, (_, index) => {
    const { op, key } = decodeEntry(reader.entry(index))
    return `${Buffer.from(op).toString().replace('std.msg.kafka.', '').replace('_v1', '')} ${Buffer.from(key).toString()}`
  })
}

/**
 * Plays a cassette to a client that makes these requests, each when the one before is answered; gives what was told.
 *
 * @param ended hears what it came to at the end
 */
export function playToClient(
  path: string,
  requests: readonly Uint8Array[],
  ended: (report: PlayReport) => void = () => undefined,
): string[] {
  using reader = openReader(path)
  const turns: (() => void)[] = []
  const timers: { readonly at: number; readonly run: () => void }[] = []
  let now = 0
  const scheduler: PlayScheduler = {
    now: () => now,
    turn: (run) => void turns.push(run),
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1))
    },
  }
  const told: string[] = []
  const player = kafkaProtocol.player({ reader, scheduler, diverged: (_, text) => void told.push(text) })
  let answers = 0
  const connection = player.dial(
    { host: '127.0.0.1', port: 9092, tls: false },
    {
      up: () => undefined,
      send: () => void answers++,
      end: () => undefined,
      reset: () => undefined,
      drained: true,
    },
  )
  for (const [at, request] of requests.entries()) {
    connection.fromClient(request)
    while (answers <= at) {
      const turn = turns.shift()
      if (turn !== undefined) turn()
      else {
        timers.sort((a, b) => a.at - b.at)
        const timer = timers.shift()
        if (timer === undefined) throw new Error(`call ${at + 1} gets no answer`)
        now = timer.at
        timer.run()
      }
    }
  }
  ended(player.close())
  return told
}
