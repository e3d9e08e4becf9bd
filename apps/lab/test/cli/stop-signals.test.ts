import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const module = JSON.stringify(join(import.meta.dirname, '../../src/cli/stop-signals.ts'))

/** Runs a program with the module's functions, sends it the signal once it prints something, and tells how it ended. */
async function ended(program: string, signal: NodeJS.Signals) {
  const source = `import { endWhenAsked, insteadWhenAsked } from ${module}\n${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'pipe' })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.once('data', () => child.kill(signal))
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, by, stderr }
}

const wait = 'setInterval(() => {}, 1e6); console.log("ready")'

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the program, after one line', async (signal) => {
  expect(await ended(`endWhenAsked(process.stderr); ${wait}`, signal)).toEqual({
    code: null,
    by: signal,
    stderr: 'lab: stopped on request\n',
  })
})

test('what has to stop in order is asked instead, and no longer once it is done', async () => {
  const program = `
    endWhenAsked(process.stderr)
    const restore = insteadWhenAsked(() => {
      process.stderr.write('asked\\n')
      restore()
      process.kill(process.pid, 'SIGTERM')
    })
    ${wait}`
  expect(await ended(program, 'SIGTERM')).toEqual({
    code: null,
    by: 'SIGTERM',
    stderr: 'asked\nlab: stopped on request\n',
  })
})

test('a signal that comes while one listener takes the place of another reaches the new one', async () => {
  const program = `
    endWhenAsked(process.stderr)
    process.kill(process.pid, 'SIGTERM')
    insteadWhenAsked(() => process.exit(7))
    setInterval(() => {}, 1e6)`
  expect(await ended(program, 'SIGTERM')).toEqual({ code: 7, by: null, stderr: '' })
})
