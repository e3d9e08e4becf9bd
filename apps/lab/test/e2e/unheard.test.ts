import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
