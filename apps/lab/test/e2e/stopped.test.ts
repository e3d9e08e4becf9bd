import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { commandOf, createProject, type Project } from '../support/project.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const line = { stdout: '', stderr: 'lab: stopped on request\n' }

function start(project: Project, args: readonly string[]) {
  const { command, args: all, env } = commandOf(args)
  // A group of its own: a terminal sends its signals to a whole group.
  const child = spawn(command, all, { cwd: project.root, env, stdio: 'pipe', detached: true })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  }
  return {
    child,
    ended: once(child, 'close').then(([code, by]) => ({
      code: code as number | null,
      by: by as string | null,
      ...said,
    })),
  }
}

/** Resolves when the program has started the process that the sandbox bounds, which has hardly begun by then. */
async function sandboxed({ pid = 0 }: ChildProcess): Promise<void> {
  while ((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')) === '') await new Promise(setImmediate)
}

describe.concurrent('what is stopped says so in one line', () => {
  test.skipIf(process.platform !== 'linux').each(signals)('a replay that has hardly begun, by %s', async (signal) => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '3'])).toMatchObject({ code: 0 })
    // It waits for events that do not come, so that it cannot be done before it is asked.
    const { child, ended } = start(project, ['replay', '--input', '-'])
    await sandboxed(child)
    child.kill(signal)
    expect(await ended).toEqual({ code: 130, by: null, ...line })
  })

  test.each(signals)('a recording by %s of its terminal, which keeps what there is', async (signal) => {
    using project = createProject()
    const { child, ended } = start(project, ['record', '--driver', 'memory', '--input', '-'])
    child.stdin.write('{"n":1}\n')
    const folder = project.path('.x07_rr')
    while (!existsSync(folder) || readdirSync(folder).length === 0) await new Promise(setImmediate)
    process.kill(-Number(child.pid), signal)
    expect(await ended).toEqual({
      code: 130,
      by: null,
      stdout: '',
      stderr: 'lab: stopped on request; what was recorded until then is in .x07_rr/lab.rrbin, unsealed\n',
    })
  })
})
