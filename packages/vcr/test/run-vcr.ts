import { type ChildProcess, execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The command as `pnpm vcr` starts it. */
export const main = fileURLToPath(new URL('../../../scripts/start/vcr.cjs', import.meta.url))

export const cassettes = fileURLToPath(new URL('cassettes/', import.meta.url))
export const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the `vcr` command in a process of its own. */
export function runVcr(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  started: (child: ChildProcess) => void = () => undefined,
): Promise<Ran> {
  const { CI: _ci, ...rest } = process.env
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { env: { ...rest, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 70, stdout, stderr })
    })
    started(child)
  })
}

/** The command of a node program, run by the node of the tests. */
export const node = (name: string): string[] => ['--', process.execPath, program(name)]
