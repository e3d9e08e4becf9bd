import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { programRoot } from 'lab/src/root.ts'
import { watchPeakMemory } from '../measure/peak-memory.ts'

const entryPoint = join(programRoot, 'scripts', 'start', 'lab.cjs')

/**
 * Runs the lab's command line in a project, as a person would.
 *
 * @returns the peak resident memory of its processes in MiB
 * @throws Error with what it said, where it does not end with 0
 */
export function runLab(root: string, args: readonly string[]): Promise<number> {
  // CI never records, but this is no recording that anybody keeps.
  const { CI: _, ...env } = process.env
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [entryPoint, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const watch = watchPeakMemory(child.pid ?? process.pid)
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', fail)
    child.on('close', (code) => {
      const peak = watch.end()
      if (code === 0) done(peak)
      else fail(new Error(`lab ${args.join(' ')} in ${root}: exit code ${code}; ${said.trim()}`))
    })
  })
}
