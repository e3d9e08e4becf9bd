import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A server in a process of its own, as brokers are: what a client says to it, and the way to end it. */
export interface OtherProcess extends AsyncDisposable {
  readonly port: number
  /** What it was told, each read of a socket by itself; all of it once it has ended. */
  readonly got: string[]
  /** Ends it. */
  close(): Promise<void>
}

/** Starts one; each connection is given to `serve`, the text of a function body over `socket`. */
export async function otherProcess(serve: string, at = 0): Promise<OtherProcess> {
  const source = `
    // With who started it, however that ends.
    process.stdin.on('end', () => process.exit()).resume()
    const server = require('node:net').createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => console.log(JSON.stringify(bytes.toString('latin1'))))
      ${serve}
    }).listen(${at}, '127.0.0.1', () => console.log(server.address().port))`
  const child = spawn(process.execPath, ['-e', source], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = Promise.all([once(child, 'exit'), once(child.stdout, 'close')])
  const lines = createInterface({ input: child.stdout })
  const [port] = (await once(lines, 'line')) as [string]
  const got: string[] = []
  lines.on('line', (line) => got.push(JSON.parse(line) as string))
  const close = async (): Promise<void> => {
    child.kill()
    await ended
  }
  return { port: Number(port), got, close, [Symbol.asyncDispose]: close }
}
