import { connect, type Socket } from 'node:net'

import type { ChunkVerdict, ProxyDirection, ProxyFaults } from './tcp-proxy-faults.ts'

/** One client's connection and the one to the target that belongs to it. */
export type TcpLink = {
  readonly cut: () => void
  readonly halfOpen: () => void
  readonly stall: (direction: ProxyDirection) => void
  readonly resume: (direction: ProxyDirection) => void
}

/** Connects to the target and passes bytes both ways, subject to the faults. `gone` is called once, at the end. */
export function openLink(
  client: Socket,
  target: { readonly host: string; readonly port: number },
  connection: number,
  faults: ProxyFaults,
  gone: () => void,
): TcpLink {
  const broker = connect({ ...target, allowHalfOpen: true, noDelay: true })
  const sources: Record<ProxyDirection, Socket> = { toTarget: client, toClient: broker }
  let deaf = false
  let open = true

  const finish = (): void => {
    if (!open) return
    open = false
    gone()
  }
  const cut = (): void => {
    finish()
    client.resetAndDestroy()
    // While it is still connecting, this waits for the connection: a target that has accepted sees a reset as well.
    broker.resetAndDestroy()
  }
  const halfOpen = (): void => {
    deaf = true
    // Not read either: what peers send piles up in their own buffers, as it does behind a dead cable.
    client.pause()
    broker.pause()
  }
  const link: TcpLink = {
    cut,
    halfOpen,
    stall: (direction) => {
      if (!deaf) sources[direction].pause()
    },
    resume: (direction) => {
      if (!deaf) sources[direction].resume()
    },
  }

  const wire = (direction: ProxyDirection, source: Socket, sink: Socket): void => {
    let offset = 0
    source.on('data', (chunk: Buffer) => {
      if (deaf || !open) return
      faults.received[direction] += chunk.length
      const verdict: ChunkVerdict = faults.hooks[direction]?.(chunk, { connection, offset }) ?? 'forward'
      offset += chunk.length
      if (verdict === 'cut') cut()
      else if (verdict === 'halfOpen') halfOpen()
      else if (verdict === 'forward') {
        const dropped = Math.min(faults.toDrop[direction], chunk.length)
        faults.toDrop[direction] -= dropped
        if (dropped < chunk.length && !sink.write(chunk.subarray(dropped))) source.pause()
      }
    })
    sink.on('drain', () => {
      if (!deaf && !faults.stalled[direction]) source.resume()
    })
    source.on('end', () => {
      if (!deaf) sink.end()
    })
    // A reset, or a target that refuses: the other side learns it the same way.
    source.on('error', () => {
      if (!deaf) cut()
    })
    source.on('close', () => {
      if (open && !sink.writableEnded) sink.end()
      if (sink.closed) finish()
    })
    if (faults.stalled[direction]) source.pause()
  }
  wire('toTarget', client, broker)
  wire('toClient', broker, client)
  return link
}
