import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Writable } from 'node:stream'
import type { ExitCode } from '../user-error.ts'
import { exitCodes } from '../user-error.ts'
import type { Shown } from '@x07-lab/msg-core/command-line'

/** less: colours as they are, gone by itself where all fits on the screen, what was shown stays on it. */
const lessOptions = 'FRX'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Shows long output page by page where a person sits at a terminal: with `PAGER`, else with less where there is one. Elsewhere,
 * and where `PAGER` is empty or `cat`, it is written as it is.
 *
 * @param write gets where to write, and the columns there are
 */
export async function paged(
  stdout: Shown,
  env: Environment,
  write: (output: Writable & { readonly columns?: number | undefined }) => Promise<ExitCode>,
): Promise<ExitCode> {
  const command = env['PAGER'] ?? (isInstalled('less', env) ? 'less' : '')
  if (stdout.isTTY !== true || command === '' || command === 'cat' || env['TERM'] === 'dumb') return write(stdout)
  const pager = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: lessOptions, ...env },
  })
  const closed = once(pager, 'close').then(() => exitCodes.ok)
  // Who has seen enough closes the pager: what comes after that is for nobody, and nobody waits for it to be taken.
  pager.stdin.on('error', () => {})
  try {
    const written = write(Object.assign(pager.stdin, { columns: stdout.columns })).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return closed
      throw error
    })
    return await Promise.race([written, closed])
  } finally {
    pager.stdin.end()
    await closed
  }
}

function isInstalled(program: string, env: Environment): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}
