import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cassettes, main, node, runVcr, type Ran } from './run-vcr.ts'

/** What a test does with a program that was recorded. */
export interface Recorded {
  readonly ran: Ran
  /** @param more environment of the program in this replay */
  readonly replay: (more?: Readonly<Record<string, string>>) => Promise<Ran>
}

/**
 * Records a program against the broker that the cassette `service` plays; the program dials what `VCR_TEST_BROKER` says.
 *
 * @param options more of `vcr record`
 * @param more environment of the program, and a port other than that of the broker
 */
export async function recordServed(
  program: string,
  options: readonly string[],
  use: (recorded: Recorded) => Promise<void>,
  more: { readonly env?: Readonly<Record<string, string>>; readonly through?: (port: number) => number } = {},
): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const root = mkdtempSync(join(tmpdir(), 'vcr-served-'))
  const env = { ...more.env, VCR_TEST_BROKER: `127.0.0.1:${more.through?.(port) ?? port}` }
  const own = ['--root', root, '--cassette', 'served', ...node(program)]
  try {
    const broker = ['serve', 'service', '--root', cassettes, '--amqp', String(port)]
    const ran = await runVcr([...broker, '--', process.execPath, main, 'record', ...options, ...own], env)
    await use({ ran, replay: (other) => runVcr(['replay', ...own], { ...env, ...other }) })
  } finally {
    rmSync(root, { recursive: true })
  }
}
