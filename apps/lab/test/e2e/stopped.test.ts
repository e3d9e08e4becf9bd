import type { ChildProcess } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const line = { stdout: '', stderr: 'lab: stopped on request\n' }

/** Resolves when the sandboxed program, which takes the place of the one that was started, listens to signals; it has hardly begun by then. */
async function sandboxed({ pid = 0 }: ChildProcess): Promise<void> {
  // The last that it listens to, and one that Node does not listen to by itself.
  const bit = 1n << BigInt(constants.signals.SIGHUP - 1)
  for (;;) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
    if (command.includes('--permission') && (BigInt(`0x${caught}`) & bit) !== 0n) return
    await new Promise(setImmediate)
  }
}

describe.concurrent('what is stopped says so in one line', () => {
  test.skipIf(process.platform !== 'linux').each(['SIGTERM'] as const)(
    'a replay that has hardly begun, by %s',
    async (signal) => {
      using project = createProject()
      expect(await project.lab(['record', '--driver', 'memory', '--messages', '3'])).toMatchObject({ code: 0 })
      // It waits for events that do not come, so that it cannot be done before it is asked.
      const { child, ended } = project.start(['replay', '--input', '-'])
      await sandboxed(child)
      child.kill(signal)
      expect(await ended).toEqual({ code: 130, by: null, ...line })
    },
  )

  test.each(signals)('a recording by %s of its terminal, which keeps what there is', async (signal) => {
    using project = createProject()
    const written = project.recorded(1)
    const { child, ended } = project.start(['record', '--driver', 'memory', '--input', '-'])
    child.stdin.write('{"n":1}\n')
    await written
    process.kill(-Number(child.pid), signal)
    const [left = ''] = await ended.then(() => readdirSync(project.path('.x07_rr')))
    expect(await ended).toEqual({
      code: 130,
      by: null,
      stdout: '',
      stderr: `lab: stopped on request; what was recorded until then is in .x07_rr/${left}\n`,
    })
  })
})
