import net from 'node:net'
import type { Socket } from 'node:net'

import { dialled, type Dialled } from './endpoint.ts'
import { connectOwn, isOwnServer } from './own-servers.ts'

/** Who decides about a socket that is about to dial: true where it is connected by him. */
export type Dialler = (socket: Socket, dialled: Dialled) => boolean

/** Signals that end a process which does not listen to them. */
const deadly: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2', 'SIGKILL', 'SIGABRT'])

/** What {@link interceptSignals} tells. */
export interface SignalListener {
  /** The program hears a signal to which it listens. */
  readonly heard: (signal: string) => void
  /** The program is about to kill itself: no `exit` event will come. */
  readonly dying: () => void
}

/** Sees the signals of this process, without a listener of its own: one would keep the process from ending by them. */
export function interceptSignals({ heard, dying }: SignalListener): void {
  const own = process as unknown as Record<'emit' | 'kill' | 'abort', (this: unknown, ...args: unknown[]) => unknown>
  const { emit, kill, abort } = own
  own.abort = function () {
    dying()
    return abort.call(this)
  }
  own.emit = function (...args) {
    const [name] = args
    if (typeof name === 'string' && deadly.has(name)) heard(name)
    return emit.apply(this, args)
  }
  own.kill = function (...args) {
    const [pid, signal = 'SIGTERM'] = args
    const isDeadly = typeof signal === 'string' && deadly.has(signal) && process.listenerCount(signal) === 0
    if (pid === process.pid && isDeadly) dying()
    return kill.apply(this, args)
  }
}

let diallers: readonly (() => Dialler | undefined)[] = []

/**
 * The one place at which Node itself is changed: `net.Socket.prototype.connect`, through which every client dials, whatever
 * it is bundled in and whenever it is loaded. The first of the diallers that is there is asked, of whatever is no server of
 * the program itself.
 *
 * @returns takes it back
 */
export function interceptDials(dialler: () => Dialler | undefined): () => void {
  diallers = [dialler, ...diallers]
  if (diallers.length === 1) patch()
  return () => {
    diallers = diallers.filter((one) => one !== dialler)
    if (diallers.length === 0) prototype.connect = original
  }
}

const prototype = net.Socket.prototype as unknown as { connect: (this: Socket, ...args: unknown[]) => Socket }
const original = prototype.connect

function patch(): void {
  prototype.connect = function connect(this: Socket, ...args: unknown[]): Socket {
    for (const dialler of diallers) {
      const ask = dialler()
      if (ask === undefined) continue
      const dial = dialled(this, args)
      if (dial === undefined) break
      if (isOwnServer(dial.endpoint) ? connectOwn(this, dial, original) : ask(this, dial)) return this
      break
    }
    return original.apply(this, args)
  }
}
