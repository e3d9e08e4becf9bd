import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { freshNames, isLive, livePort, openLive } from './live-broker.ts'

const folder = join(import.meta.dirname, '..', '..')

describe.skipIf(!(await isLive()))('the README', () => {
  test('has a program that runs as it stands', async () => {
    const readme = await readFile(join(folder, 'README.md'), 'utf8')
    const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
    const physical = freshNames()
    const source = program
      .replace('127.0.0.1:9092', `127.0.0.1:${livePort}`)
      .replaceAll('lab.events', physical('lab.events'))
      .replaceAll('lab.workers', physical('lab.workers'))
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '-e', source],
      {
        cwd: folder,
      },
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^\{ status: 'confirmed', answer: \{ offset: '0', partition: \d \} \}\n\{\n {2}committed: null,/,
    )
    const cleaning = await openLive({ physical })
    await cleaning.removeTopology()
    await cleaning.close()
  })
})
