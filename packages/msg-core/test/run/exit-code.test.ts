import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const core = join(import.meta.dirname, '..', '..', 'src', 'index.ts')

/** A relay: takes a message, publishes another, acknowledges the first; or acknowledges before it publishes. */
const program = `
const { openVcr, openMemory, encodeEnvelope } = await import(${JSON.stringify(core)})
const message = (n) => encodeEnvelope({ topic: 't', key: null, value: Buffer.from(String(n)), headers: [] })
const [mode, change, ending] = process.argv.slice(1)
const driver = await openVcr({ cassette: 'c', mode, ci: false, live: async () => openMemory() })
await driver.publish(message(1))
for await (const delivery of driver.deliveries()) {
  if (change === 'ack-first') await delivery.settle('ack')
  await driver.publish(message(2))
  if (change !== 'ack-first' && change !== 'never-settles') await delivery.settle('ack')
  if (change !== 'stays') break
}
if (ending === 'dispose') await driver[Symbol.asyncDispose]()
else await driver.close()
if (ending === 'read') console.log(driver.report().divergenceCount)
`

let root = ''
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'exit-'))
  expect((await run('record', 'none', 'close')).code).toBe(0)
})
afterAll(() => rmSync(root, { recursive: true }))

/** Runs the program outside of a test run: its environment is its own. */
function run(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', program, ...args],
      // The first run of all tests strips the types of the sources, the others take what it kept.
      { cwd: root, env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })
}

describe('a program whose replay diverged', { concurrent: true }, () => {
  test('that never reads the report ends with 1, and was told', async () => {
    const { code, stderr } = await run('replay', 'never-settles', 'close')
    expect(code).toBe(1)
    expect(stderr).toContain('1 delivery was settled in the recording and not now')
  })

  test('that reads the report ends as it likes', async () => {
    expect(await run('replay', 'never-settles', 'read')).toMatchObject({ code: 0, stdout: '1\n' })
  })

  test('that leaves its scope fails there', async () => {
    const { code, stderr } = await run('replay', 'never-settles', 'dispose')
    expect(code).toBe(1)
    expect(stderr).toContain('ReplayError')
  })

  test('that acknowledges before it publishes goes on, and is told', async () => {
    const { code, stdout, stderr } = await run('replay', 'ack-first', 'read')
    expect(code).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(stderr).toContain('which was first in the recording')
  })

  test('that stays in a loop it had left goes on after it, and is told', async () => {
    const { code, stdout, stderr } = await run('replay', 'stays', 'read')
    expect(code).toBe(0)
    expect(Number(stdout)).toBeGreaterThan(0)
    expect(stderr).toContain('ends the iteration')
  })

  test('ends with 0 where nothing is another', async () => {
    expect(await run('replay', 'none', 'close')).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
