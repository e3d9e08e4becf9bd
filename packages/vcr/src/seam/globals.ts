import net from 'node:net'
import type { Socket } from 'node:net'

import { dialled, type Dialled } from './endpoint.ts'

/** Who decides about a socket that is about to dial: true where it is connected by him. */
export type Dialler = (socket: Socket, dialled: Dialled) => boolean

let diallers: readonly (() => Dialler | undefined)[] = []

/**
 * The one place at which Node itself is changed: `net.Socket.prototype.connect`, through which every client dials, whatever
 * it is bundled in and whenever it is loaded. The first of the diallers that is there is asked.
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
      if (dial !== undefined && ask(this, dial)) return this
      break
    }
    return original.apply(this, args)
  }
}
