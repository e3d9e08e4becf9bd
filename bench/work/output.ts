import { spawn } from 'node:child_process'

/** Where and with what a program runs; this process's folder and environment where nothing is said. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What a program prints. @throws Error where it does not end with 0 */
export function output(command: string, args: readonly string[], surroundings: Surroundings = {}): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...surroundings, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', fail)
    child.on('close', (code) => {
      if (code === 0) done(said)
      else fail(new Error(`${command} ${args[0] ?? ''}: exit code ${code}; ${said.slice(0, 500)}`))
    })
  })
}
