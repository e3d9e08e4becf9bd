import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, statSync, watch } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commandOf, createProject, mainFile, type Project, type RunOptions } from '../support/project.ts'

const fromStdin = ['record', '--driver', 'memory', '--input', '-']
const threeEvents = '{"key":"a","n":1}\n{"key":"b","n":2}\n{"key":"a","n":3}\n'

/** A recording that has taken three events and waits for more. */
async function waitingRecording(project: Project, options: RunOptions = {}): Promise<ChildProcess> {
  mkdirSync(project.path('.x07_rr'))
  const { command, args, env } = commandOf(fromStdin, options)
  const child = spawn(command, args, { cwd: project.root, env, stdio: 'pipe', detached: true })
  const written = Promise.withResolvers<void>()
  // Six entries: three publishes, three deliveries.
  const watcher = watch(project.path('.x07_rr'), (_event, name) => {
    const size = name === null ? 0 : (statSync(project.path('.x07_rr', name), { throwIfNoEntry: false })?.size ?? 0)
    if (size > 6 * 300) written.resolve()
  })
  child.stdin.write(threeEvents)
  await written.promise
  watcher.close()
  return child
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}

async function verified(project: Project, name: string): Promise<string> {
  const { stdout } = await project.lab(['cassette', 'verify', name])
  return stdout
}

describe.concurrent('a recording that ends early', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it in order although its input is idle', async (signal) => {
    using project = createProject()
    const child = await waitingRecording(project)
    child.kill(signal)
    expect(await ended(child)).toEqual({
      code: 130,
      stderr: 'lab: stopped on request; what was recorded until then is in .x07_rr/lab.rrbin, unsealed\n',
    })
    expect(await verified(project, 'lab.rrbin')).toBe('unsealed  lab.rrbin (6 entries)\n')
    expect(await project.lab(['replay'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('SIGKILL of all of it leaves what it recorded, and the next recording is a recording like any', async () => {
    using project = createProject()
    const child = await waitingRecording(project)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await once(child, 'close')
    const [left = ''] = readdirSync(project.path('.x07_rr'))
    expect(left).toMatch(/^lab\.[0-9a-f]{8}\.partial\.rrbin$/)
    const listed = await project.lab(['cassette', 'ls'])
    expect(listed.stdout).toMatch(new RegExp(`^ +\\d+  ${left}  \\(unfinished\\)\n$`))
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    expect(await verified(project, 'lab.rrbin')).toBe('sealed    lab.rrbin (8 entries)\n')
    const repaired = await project.lab(['cassette', 'repair', left])
    expect(repaired.stdout).toMatch(/^(?:whole|repaired) /)
    expect(await project.lab(['replay', '--cassette', left])).toMatchObject({ code: 0, stderr: '' })
  })

  test('a full disk ends it with what fits, in whole entries', async () => {
    using project = createProject()
    // The limit of a file's size answers as a full disk does, and needs no rights.
    const under = ['/bin/sh', '-c', 'ulimit -f 128; exec "$0" "$@"']
    const ran = await project.lab(['record', '--driver', 'memory', '--messages', '500'], { under })
    expect({ ...ran, stderr: ran.stderr.replace(/[0-9a-f]{8}\.partial/, 'ID.partial') }).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'lab: write cassette "lab.ID.partial.rrbin" failed: EFBIG: file too large, write; free space or check the device, then record again; what was recorded until then is in .x07_rr/lab.rrbin, unsealed\n',
    })
    expect(await verified(project, 'lab.rrbin')).toMatch(/^unsealed {2}lab\.rrbin \([1-9]\d* entries\)\n$/)
  })

  test('a failed recording leaves the one before as it was, and itself beside it', async () => {
    using project = createProject()
    expect(await project.lab(['record', '--driver', 'memory', '--messages', '2'])).toMatchObject({ code: 0 })
    const before = project.read('.x07_rr/lab.rrbin')
    const { code, stderr } = await project.lab(fromStdin, { stdin: '{"n":1}\nnull,\n' })
    expect([code, stderr]).toEqual([
      2,
      'lab: standard input line 2, column 5: ",", where nothing after the value should stand; give one JSON value a line that RFC 8785 can carry; what was recorded until then is in .x07_rr/lab.partial.rrbin, .x07_rr/lab.rrbin is as it was\n',
    ])
    expect(project.read('.x07_rr/lab.rrbin').equals(before)).toBe(true)
    expect(await verified(project, 'lab.partial.rrbin')).toBe('unsealed  lab.partial.rrbin (2 entries)\n')
  })
})

/** As an ordinary user: root reads and writes whatever the modes say. */
const ordinary = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
const [probe, ...probeArgs] = [...ordinary, 'test', '-r', mainFile]
const readable = spawnSync(probe, probeArgs).status === 0
if (!readable) console.log('skipped: rights of files; no ordinary user can read this program here')

describe.skipIf(!readable)('files that may not be used', { concurrent: true }, () => {
  test.each([
    ['no cassette may be read', ['replay'], 'open cassette "lab.rrbin": EACCES; check the file and its permissions'],
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
      'look for cassette lab.rrbin: permission denied (EACCES); mend that, or give another --cassette',
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
    const ran = await project.lab(args, { under: ordinary })
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
    expect(await project.lab(['cassette', 'repair', 'lab.rrbin'], { under: ordinary })).toEqual({
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
    expect(await project.lab(['cassette', 'ls'], { under })).toEqual({
      code: 3,
      stdout: '',
      stderr: 'lab: write to standard output: no space is left on the device (ENOSPC); send it somewhere with room\n',
    })
  })
})
