import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { commandOf, createProject } from '../support/project.ts'

test.for([
  ['recrod', 2],
  ['replay --cassette nope.rrbin', 3],
  ['record --driver memory --input nope.ndjson', 3],
] as const)('%s ends with its own exit code where nobody reads what it says', async ([line, exitCode]) => {
  using project = createProject()
  const { command, args, env } = commandOf(line.split(' '))
  const child = spawn(command, args, { cwd: project.root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.stderr.destroy()
  expect(await once(child, 'close')).toEqual([exitCode, null])
})

test.skipIf(process.platform !== 'linux').for(['replay', 'replay --json'])(
  '%s leaves the pipe that it writes to as it was, for whoever writes to it next',
  async (line) => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '3'])).toMatchObject({ code: 0 })
    const { command, args, env } = commandOf(line.split(' '))
    // A pipe of the shell: those of Node are sockets.
    const script = '{ "$@"; cat /proc/self/fdinfo/1 >&2; } | cat'
    const child = spawn('sh', ['-c', script, 'sh', command, ...args], { cwd: project.root, env })
    child.stdout.resume()
    const flags = /^flags:\s*([0-7]+)$/m.exec(await text(child.stderr))?.[1]
    expect(Number.parseInt(flags ?? '', 8) & constants.O_NONBLOCK).toBe(0)
    expect(flags).toBeDefined()
  },
)
