import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createProject, mainFile, type Project, type Started } from '../support/project.ts'

const fromStdin = ['record', '--driver', 'memory', '--input', '-']
const threeEvents = '{"key":"a","n":1}\n{"key":"b","n":2}\n{"key":"a","n":3}\n'

/** A recording that has taken three events and waits for more. */
async function waitingRecording(project: Project): Promise<Started> {
  // Six entries: three publishes, three deliveries.
  const written = project.recorded(6 * 300)
  const started = project.start(fromStdin)
  started.child.stdin.write(threeEvents)
  await written
  return started
}

async function verified(project: Project, name: string): Promise<string> {
  const { stdout } = await project.lab(['cassette', 'verify', name])
  return stdout
}

/** Half a recording is told so whoever asks, and whatever it is called. */
async function expectRefused(project: Project, name: string): Promise<void> {
  const reason = 'it has no seal, so that it was cut short or its recording never ended'
  project.write('.x07_rr/renamed.rrbin', project.read(`.x07_rr/${name}`))
  for (const file of [name, 'renamed.rrbin']) {
    expect(await project.lab(['cassette', 'verify', file])).toMatchObject({
      code: 3,
      stdout: `broken    ${file}: ${reason}\n`,
    })
    expect(await project.lab(['replay', '--cassette', file])).toEqual({
      code: 3,
      stdout: '',
      stderr: `lab: replay ${file}: ${reason}; restore it, or record it again\n`,
    })
  }
}

describe.concurrent('a recording that ends early', () => {
  test.each(['SIGINT'] as const)('%s stops it in order although its input is idle', async (signal) => {
    using project = createProject()
    const { child, ended } = await waitingRecording(project)
    child.kill(signal)
    const partial = /\.x07_rr\/(lab\.[0-9a-f]{8}\.partial\.rrbin)/
    const { code, stderr } = await ended
    const [, name = ''] = partial.exec(stderr) ?? []
    expect([code, stderr.replace(partial, 'PARTIAL')]).toEqual([
      130,
      'lab: stopped on request; what was recorded until then is in PARTIAL\n',
    ])
    expect(readdirSync(project.path('.x07_rr'))).toEqual([name])
    await expectRefused(project, name)
  })

  test('SIGKILL of all of it leaves what it recorded, and the next recording is a recording like any', async () => {
    using project = createProject()
    const { child, ended } = await waitingRecording(project)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await ended
    const [left = ''] = readdirSync(project.path('.x07_rr'))
    expect(left).toMatch(/^lab\.[0-9a-f]{8}\.partial\.rrbin$/)
    const listed = await project.lab(['cassette', 'ls'])
    expect(listed.stdout).toMatch(
      new RegExp(`^\\d+ .* unfinished  ${left}\n1 left over from runs that ended early; .*\n$`),
    )
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    expect(await verified(project, 'lab.rrbin')).toBe('sealed    lab.rrbin (9 entries)\n')
    const repaired = await project.lab(['cassette', 'repair', left])
    expect(repaired.stdout).toMatch(/^(?:whole|repaired) /)
    await expectRefused(project, left)
  })

  test('a full disk ends it with what fits, in whole entries', async () => {
    using project = createProject()
    // The limit of a file's size answers as a full disk does, and needs no rights.
    const under = ['/bin/sh', '-c', 'ulimit -f 128; exec "$0" "$@"']
    const ran = await project.process(['record', '--driver', 'memory', '--messages', '500'], { under })
    expect({ ...ran, stderr: ran.stderr.replaceAll(/[0-9a-f]{8}\.partial/g, 'ID.partial') }).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'lab: write cassette "lab.ID.partial.rrbin" failed: EFBIG: file too large, write; free space or check the device, then record again; what was recorded until then is in .x07_rr/lab.ID.partial.rrbin\n',
    })
    const [left = ''] = readdirSync(project.path('.x07_rr'))
    expect(JSON.parse((await project.lab(['cassette', 'repair', left, '--json'])).stdout)).toMatchObject({
      repaired: false,
      entries: expect.any(Number) as number,
    })
  })

  test('a failed recording leaves the one before as it was, and itself beside it', async () => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    const before = project.read('.x07_rr/lab.rrbin')
    const { code, stderr } = await project.lab(fromStdin, { stdin: '{"n":1}\nnull,\n' })
    const [left = ''] = readdirSync(project.path('.x07_rr')).filter((name) => name.includes('partial'))
    expect([code, stderr]).toEqual([
      2,
      `lab: standard input line 2, column 5: ",", where nothing after the value should stand; give one JSON value a line that RFC 8785 can carry; what was recorded until then is in .x07_rr/${left}, .x07_rr/lab.rrbin is as it was\n`,
    ])
    expect(project.read('.x07_rr/lab.rrbin').equals(before)).toBe(true)
    await expectRefused(project, left)
  })
})

/** As an ordinary user: root reads and writes whatever the modes say. */
const ordinary = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
const [probe, ...probeArgs] = [...ordinary, 'test', '-r', mainFile]
const readable = spawnSync(probe, probeArgs).status === 0
if (!readable) console.log('skipped: rights of files; no ordinary user can read this program here')

describe.skipIf(!readable)('files that may not be used', { concurrent: true }, () => {
  test.each([
    [
      'no cassette may be read',
      ['replay'],
      'open cassette "lab.rrbin": EACCES; check its folder and their permissions',
    ],
    [
      'no cassette may be seen',
      ['cassette', 'show', 'lab.rrbin'],
      'cassette lab.rrbin: permission denied (EACCES); give a file that can be read',
    ],
    [
      'no cassette may be listed',
      ['cassette', 'ls'],
      'scandir ROOT/.x07_rr: permission denied (EACCES); mend that and run it again',
    ],
    [
      'no cassette may be written',
      ['record', '--driver', 'memory'],
      'open cassette "lab.rrbin": EACCES; check its folder and their permissions',
    ],
    [
      'no result may be written',
      ['record', '--driver', 'memory', '--cassette', 'x.rrbin', '--out', 'out/shut'],
      'write results to ROOT/out/shut: permission denied (EACCES); give a folder that can be written with --out',
    ],
  ] as const)('%s', async (title, args, line) => {
    using project = createProject()
    for (const folder of ['.x07_rr', 'out', 'out/shut']) mkdirSync(project.path(folder))
    project.write('.x07_rr/lab.rrbin', 'x')
    chmodSync(project.root, 0o755)
    chmodSync(project.path('out/shut'), 0o555)
    chmodSync(project.path('.x07_rr'), title.includes('result') ? 0o777 : 0o000)
    const ran = await project.process(args, { under: ordinary })
    chmodSync(project.path('.x07_rr'), 0o755)
    expect(ran).toEqual({ code: 3, stdout: '', stderr: `lab: ${line}\n` })
  })

  test('no cassette may be cut, so that its repair leaves nothing behind', async () => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '3'])).toMatchObject({ code: 0 })
    const torn = project.read('.x07_rr/lab.rrbin').subarray(0, 5_000)
    project.write('.x07_rr/lab.rrbin', torn)
    chmodSync(project.root, 0o755)
    chmodSync(project.path('.x07_rr'), 0o777)
    chmodSync(project.path('.x07_rr/lab.rrbin'), 0o444)
    expect(await project.process(['cassette', 'repair', 'lab.rrbin'], { under: ordinary })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'lab: repair lab.rrbin: permission denied (EACCES); it has to be writable, and its folder too, for a copy of it\n',
    })
    expect(readdirSync(project.path('.x07_rr'))).toEqual(['lab.rrbin'])
    expect(project.read('.x07_rr/lab.rrbin').equals(torn)).toBe(true)
  })
})

describe.concurrent('results that cannot be printed', () => {
  test('a full device is told in one line', async () => {
    using project = createProject()
    const under = ['/bin/sh', '-c', 'exec "$0" "$@" > /dev/full']
    expect(await project.process(['cassette', 'ls'], { under })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'lab: write to standard output: no space is left on the device (ENOSPC); send it somewhere with room\n',
    })
  })
})
