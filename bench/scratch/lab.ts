import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { programRoot } from 'lab/src/root.ts'

const entryPoint = join(programRoot, 'apps', 'lab', 'src', 'main.ts')

/**
 * Runs the lab's command line in a project, as a person would.
 *
 * @param nodeOptions for the sandboxed process, which does the work; it reads them from its environment
 * @throws Error with what it said, where it does not end with 0
 */
export function runLab(root: string, args: readonly string[]): Promise<void> {
  // CI never records, but this is no recording that anybody keeps.
  const { CI: _, ...env } = process.env
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [entryPoint, ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.on('error', fail)
    child.on('close', (code) => {
      if (code === 0) done()
      else fail(new Error(`lab ${args.join(' ')} in ${root}: exit code ${code}; ${said.trim()}`))
    })
  })
}
