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
  const ran = await project.lab(['record', '--driver', 'memory', '--messages', '500'], { under: small })
  return { ...ran, stderr: ran.stderr.replace(/[0-9a-f]{8}\.partial/, 'ID.partial') }
}

const full =
  'lab: write cassette "lab.ID.partial.rrbin" failed: ENOSPC: no space left on device, write; free space or check the device, then record again; what was recorded until then is in'

describe.skipIf(!mountable)('a recording onto a disk that gets full', () => {
  test('ends with one line and keeps what fits, in whole entries that replay', async () => {
    using project = createProject()
    expect(await recordTooMuch(project)).toEqual({
      code: 3,
      stdout: '',
      stderr: `${full} .x07_rr/lab.rrbin, unsealed\n`,
    })
    expect(readdirSync(project.path('left'))).toEqual(['lab.rrbin'])
    project.write('.x07_rr/lab.rrbin', project.read('left/lab.rrbin'))
    const { stdout } = await project.lab(['cassette', 'verify', 'lab.rrbin'])
    expect(stdout).toMatch(/^unsealed {2}lab\.rrbin \([1-9]\d\d entries\)\n$/)
    expect(await project.lab(['replay'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('leaves the recording before as it was, and itself beside it', async () => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    const before = project.read('.x07_rr/lab.rrbin')
    expect(await recordTooMuch(project)).toEqual({
      code: 3,
      stdout: '',
      stderr: `${full} .x07_rr/lab.partial.rrbin, .x07_rr/lab.rrbin is as it was\n`,
    })
    expect(readdirSync(project.path('left'))).toEqual(['lab.partial.rrbin', 'lab.rrbin'])
    expect(project.read(join('left', 'lab.rrbin')).equals(before)).toBe(true)
    project.write('.x07_rr/lab.partial.rrbin', project.read('left/lab.partial.rrbin'))
    const { stdout } = await project.lab(['cassette', 'verify', 'lab.partial.rrbin'])
    expect(stdout).toMatch(/^unsealed {2}lab\.partial\.rrbin \([1-9]\d\d entries\)\n$/)
  })
})
