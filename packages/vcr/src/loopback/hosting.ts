import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'

/** Runs while a loopback face listens: a command to its end, or until a signal asks to stop. */
export async function untilDone(command: readonly string[]): Promise<number> {
  const [program, ...args] = command
  if (program === undefined) {
    const { promise, resolve } = Promise.withResolvers<number>()
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(0))
    return promise
  }
  const child = spawn(program, args, { stdio: 'inherit' })
  const ignore = (): void => undefined
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', ignore).on('SIGTERM', pass)
  try {
    const [code] = (await once(child, 'exit')) as [number | null]
    return code ?? 1
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', pass)
  }
}

/** Listens on loopback; port 0 for a free one. Gives the port. @throws Error where it is taken */
export async function listen(server: net.Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as net.AddressInfo).port
}

/** Closes a server and the connections that it still has. */
export async function shut(server: net.Server, sockets: ReadonlySet<net.Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
}
