import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { otherProcess } from './other-process.ts'

const vitest = dirname(fileURLToPath(import.meta.resolve('vitest/package.json')))
const own = fileURLToPath(new URL('..', import.meta.url))

/** A project with one test file of vitest, in which `dial` makes one connection to a broker. */
function project(port: number, source: string): string {
  const root = mkdtempSync(join(tmpdir(), 'vcr-fixtures-'))
  mkdirSync(join(root, 'node_modules', '@x07-lab'), { recursive: true })
  symlinkSync(vitest, join(root, 'node_modules', 'vitest'))
  symlinkSync(own, join(root, 'node_modules', '@x07-lab', 'vcr'))
  writeFileSync(
    join(root, 'broker.test.mjs'),
    `import net from 'node:net'
     import { once } from 'node:events'
     import { expect } from 'vitest'
     import { tapedTest } from '@x07-lab/vcr/vitest'
     const dial = async () => {
       const socket = net.connect(${port}, '127.0.0.1').resume()
       socket.write('AMQP\\0\\0\\u0009\\u0001')
       await once(socket, 'close')
     }
     ${source}`,
  )
  return root
}

function run(root: string): Promise<string> {
  const { CI: _ci, VCR_MODE: _mode, ...env } = process.env
  const args = [join(vitest, 'vitest.mjs'), 'run', '--root', root, '--no-color']
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, cwd: root }, (_error, stdout, stderr) => resolve(stdout + stderr))
  })
}

test('one cassette for a file is recorded over its tests, and not where one of them fails', async () => {
  const broker = await otherProcess("socket.end('AMQP\\0\\0\\x09\\x01')")
  const source = `
    const test = tapedTest({ by: 'file' })
    test('dials', async ({ tape }) => { await dial(); expect(tape.mode).toBe(process.env.TAPE_MODE ?? 'record') })
    test('dials once more', async () => { if (process.env.WRONG !== '2') await dial(); expect(process.env.WRONG).toBe(undefined) })`
  const root = project(broker.port, source)
  const cassettes = (): string[] => readdirSync(join(root, '.x07_rr')).filter((name) => !name.includes('partial'))
  try {
    process.env['WRONG'] = '1'
    expect(await run(root)).toMatch(/1 failed \| 1 passed/)
    expect(cassettes()).toEqual([])
    delete process.env['WRONG']
    expect(await run(root)).toMatch(/2 passed/)
    expect(cassettes()).toEqual(['broker.test.rrbin'])
    await broker.close()
    process.env['TAPE_MODE'] = 'replay'
    expect(await run(root)).toMatch(/2 passed/)
    // What the replay found is said beside the failure that it brought about.
    process.env['WRONG'] = '2'
    expect(await run(root)).toMatch(/replayed broker\.test\.rrbin: \d+ divergences?/)
  } finally {
    delete process.env['TAPE_MODE']
    delete process.env['WRONG']
    await broker.close()
    rmSync(root, { recursive: true })
  }
})
