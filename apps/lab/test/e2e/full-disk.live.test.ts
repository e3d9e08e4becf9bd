import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject, type Project, type Ran } from '../support/project.ts'

/**
 * Runs a program where `.x07_rr/` is a file system of 128 KiB with what the folder held before. The mount is the program's
 * alone and gone with it, so that what it left is copied to `left/`.
 */
const script = `
mkdir left
cp -a .x07_rr/. left/
mount -t tmpfs -o size=128k tmpfs .x07_rr || exit 99
cp -a left/. .x07_rr/
"$0" "$@"
code=$?
rm -rf left/*
cp -a .x07_rr/. left/
exit $code`
const small = ['unshare', '--mount', '/bin/sh', '-c', script]
const mountable = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
if (!mountable) console.log('skipped: a small file system of their own; this user may not mount one, root may')

/** Records more than fits; the name of the file that is written meanwhile holds `ID`. */
async function recordTooMuch(project: Project): Promise<Ran> {
  mkdirSync(project.path('.x07_rr'), { recursive: true })
  const ran = await project.process(['record', '--driver', 'memory', '--messages', '500'], { under: small })
  return { ...ran, stderr: ran.stderr.replaceAll(/[0-9a-f]{8}\.partial/g, 'ID.partial') }
}

function partialOf(project: Project): string {
  const [name = ''] = readdirSync(project.path('left')).filter((file) => file.endsWith('.partial.rrbin'))
  return join('left', name)
}

/** Nothing is torn, and much of it is there. */
async function expectWhole(project: Project, file: string): Promise<void> {
  const { code, stdout } = await project.process(['cassette', 'repair', file])
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^whole .* \([1-9]\d\d entries\): nothing to repair\n$/)])
}

const full =
  'lab: write cassette "lab.ID.partial.rrbin" failed: ENOSPC: no space left on device, write; free space or check the device, then record again; what was recorded until then is in'

describe.skipIf(!mountable)('a recording onto a disk that gets full', () => {
  test('ends with one line and keeps what fits, in whole entries', async () => {
    using project = createProject()
    expect(await recordTooMuch(project)).toEqual({
      code: 3,
      stdout: '',
      stderr: `${full} .x07_rr/lab.ID.partial.rrbin\n`,
    })
    await expectWhole(project, partialOf(project))
  })

  test('leaves the recording before as it was, and itself beside it', async () => {
    using project = createProject()
    expect(await project.process(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    const before = project.read('.x07_rr/lab.rrbin')
    expect(await recordTooMuch(project)).toEqual({
      code: 3,
      stdout: '',
      stderr: `${full} .x07_rr/lab.ID.partial.rrbin, .x07_rr/lab.rrbin is as it was\n`,
    })
    expect(project.read(join('left', 'lab.rrbin')).equals(before)).toBe(true)
    await expectWhole(project, partialOf(project))
  })
})
