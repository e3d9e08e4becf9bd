import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

interface Line {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

const linesOf = (log: Buffer): Line[] =>
  log
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

test('a recording and a replay add to one log what they did, by both of their processes', async () => {
  using project = createProject()
  const log = ['--log', 'lab.jsonl']
  const record = ['record', '--driver', 'memory', '--messages', '3', ...log]
  expect(await project.process(record)).toMatchObject({ code: 0 })
  expect(await project.process(['replay', ...log])).toMatchObject({ code: 0 })
  expect(linesOf(project.read('lab.jsonl')).map(({ level, message }) => `${level} ${message}`)).toEqual([
    'info command started',
    'info broker connected',
    'info run complete',
    'info cassette complete',
    'info command ended',
    'info command started',
    'info cassette opened',
    'info run complete',
    'info compared aggregate.json',
    'info compared report.json',
    'info compared metrics.txt',
    'info command ended',
  ])
})

test('the least level is kept, what differs is a warning, and what fails an error', async () => {
  using project = createProject()
  await project.lab(['record', '--driver', 'memory', '--messages', '2'])
  const log = ['--log', 'lab.jsonl', '--log-level', 'warn']
  expect(await project.process(['replay', '--seed', '2', ...log])).toMatchObject({ code: 1 })
  const warned = linesOf(project.read('lab.jsonl'))
  expect(warned.length).toBeGreaterThan(0)
  expect(new Set(warned.map(({ level }) => level))).toEqual(new Set(['warn']))
  expect(await project.process(['replay', '--cassette', 'nope', ...log])).toMatchObject({ code: 3 })
  expect(linesOf(project.read('lab.jsonl')).at(-1)).toMatchObject({ level: 'error', message: 'run failed' })
})

test('no secret of the environment is in the log', async () => {
  using project = createProject()
  const secret = 'correct-horse-battery'
  const args = ['cassette', 'show', `${secret}.rrbin`, '--log', 'lab.log']
  expect(await project.process(args, { env: { LAB_PASSWORD: secret } })).toMatchObject({ code: 3 })
  const log = project.read('lab.log').toString()
  expect(log).toContain('[redacted]')
  expect(log).not.toContain(secret)
})

test('a pipe that nothing reads from is not waited for, and a link below the project is not followed', async () => {
  using project = createProject()
  project.write('outside', 'precious')
  execFileSync('mkfifo', [project.path('pipe')])
  symlinkSync('outside', project.path('link'))
  for (const [name, why] of [
    ['pipe', 'nobody is at its other end (ENXIO)'],
    ['link', 'link is a symlink, which may lead anywhere'],
  ] as const) {
    const stderr = `lab: --log ${name}: ${why}; give a file that can be written\n`
    expect(await project.process(['cassette', 'ls', '--log', name])).toEqual({ code: 3, stdout: '', stderr })
  }
  expect(project.read('outside').toString()).toBe('precious')
})

test('a file that cannot be written is told before anything is done', async () => {
  using project = createProject()
  expect(await project.process(['replay', '--log', 'no/such/folder/lab.log'])).toEqual({
    code: 3,
    stdout: '',
    stderr:
      'lab: --log no/such/folder/lab.log: there is no such file or folder (ENOENT); give a file that can be written\n',
  })
})
