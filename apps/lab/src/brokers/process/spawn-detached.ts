import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'

import { errorCode } from '../error-code.ts'
import { LaunchError } from '../launcher.ts'
import { identify, type ProcessIdentity } from './identity.ts'

/**
 * Starts a process that outlives this one: its own session, nothing on standard input, everything it prints appended
 * to `logFile`. Returns undefined when it ended before it could be looked at.
 * @throws LaunchError when the command cannot be run
 */
export async function spawnDetached(
  command: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly cwd: string
    readonly logFile: string
  },
): Promise<ProcessIdentity | undefined> {
  await using log = await open(options.logFile, 'a')
  const child = spawn(command, [...args], {
    detached: true,
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', log.fd, log.fd],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => {
      reject(
        new LaunchError(`${command} cannot be run (${errorCode(error) ?? error.message})`, 'mend or reinstall it', {
          cause: error,
        }),
      )
    })
  })
  child.unref()
  return child.pid === undefined ? undefined : identify(child.pid)
}
