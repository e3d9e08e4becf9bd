import { execFile } from 'node:child_process'

/** How a command that was run to its end came out. */
export type CommandResult =
  | { readonly outcome: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'timeout' }

/** Enough for any message of the tools used here; more output ends the command. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024

/** Runs a command without a shell and without a terminal, and waits for its end. @throws AbortError on `signal` */
export function runCommand(
  command: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly timeoutMs: number
    readonly cwd?: string
    readonly signal?: AbortSignal | undefined
  },
): Promise<CommandResult> {
  const { env, timeoutMs, cwd, signal } = options
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        env: { ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
        encoding: 'utf8',
        ...(cwd === undefined ? {} : { cwd }),
        ...(signal === undefined ? {} : { signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ outcome: 'exited', code: 0, stdout, stderr })
        else if (error.name === 'AbortError') reject(error)
        else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ outcome: 'missing' })
        else if (error.killed === true) resolve({ outcome: 'timeout' })
        else resolve({ outcome: 'exited', code: typeof error.code === 'number' ? error.code : 1, stdout, stderr })
      },
    )
    child.stdin?.end()
  })
}

/** The last line that says something, for a message of one line. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}
