import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { checkSeal, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seededNumbers } from '../../src/events/random.ts'
import { createProject, mainFile, type Project } from '../support/project.ts'

/** Recordings that are killed, of each face; `X07_LAB_CRASHES=100` for the long run, `X07_LAB_CRASH_SEED` for other moments. */
const crashes = Number(process.env['X07_LAB_CRASHES'] ?? 3)
const seed = Number(process.env['X07_LAB_CRASH_SEED'] ?? 14)

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const socketFile = join(repository, 'scripts/start/vcr.cjs')
const program = join(repository, 'packages/vcr/test/programs/orders.ts')

const listening = await new Promise<boolean>((resolve) => {
  const socket = createConnection(5672, '127.0.0.1')
  socket.on('connect', () => resolve(socket.destroy() !== undefined)).on('error', () => resolve(false))
})
if (!listening) console.log('skipped: recordings of the socket; no RabbitMQ listens on 127.0.0.1:5672')
const mountable = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
if (!mountable) console.log('skipped: small file systems; this user may not mount one, root may')

interface Face {
  readonly name: string
  /** Messages of a run, where it has a say. */
  readonly record: (project: Project, messages: number) => readonly string[]
  readonly crashMessages: number
}

const faces: readonly Face[] = [
  {
    name: 'the port',
    record: (_project, messages) => [
      mainFile,
      'record',
      '--driver',
      'memory',
      '--messages',
      String(messages),
      '--cassette',
      'tape',
    ],
    crashMessages: 1_500,
  },
  ...(listening
    ? [
        {
          name: 'the socket',
          record: (project: Project) => [
            socketFile,
            'record',
            '--root',
            project.root,
            '--cassette',
            'tape',
            '--',
            process.execPath,
            program,
          ],
          crashMessages: 0,
        },
      ]
    : []),
]

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

function startIn(project: Project, words: readonly string[]) {
  const { CI: _ci, NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(process.execPath, words, {
    cwd: project.root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, stderr }))
  return { child, ended }
}

/** Resolves when a recording under way has so many bytes, or the process has ended. */
async function writtenOrEnded(folder: string, bytes: number, ended: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watcher = watch(folder, (_event, name) => {
    if (name?.includes('partial') === true && writtenBytes(join(folder, name)) >= bytes) resolve()
  })
  await Promise.race([promise, ended])
  watcher.close()
}

/** Room that a recording has reserved behind what is written is zeros. */
function writtenBytes(path: string): number {
  try {
    return readFileSync(path).findLastIndex((byte) => byte !== 0) + 1
  } catch {
    // It has got its name meanwhile.
    return Number.POSITIVE_INFINITY
  }
}

function isWhole(path: string): boolean {
  using reader = openReader(path, { limits: NO_LIMITS })
  return checkSeal(reader, path).kind === 'sealed'
}

function leftIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== 'tape.rrbin')
}

/** What is left over is listed and can be removed, and a new recording succeeds at once. */
async function expectMended(project: Project, face: Face): Promise<void> {
  const left = leftIn(project.path('.x07_rr'))
  const listed = await project.lab(['cassette', 'ls'])
  for (const name of left) expect(listed.stdout).toContain(name)
  const { code, stderr } = await startIn(project, face.record(project, 2)).ended
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  expect(isWhole(project.path('.x07_rr/tape.rrbin'))).toBe(true)
  expect((await project.lab(['cassette', 'clean'])).code).toBe(0)
  expect(readdirSync(project.path('.x07_rr'))).toEqual(['tape.rrbin'])
}

describe.each(faces)('$name', (face) => {
  let project: Project
  let size = 0
  const tape = (): string => project.path('.x07_rr/tape.rrbin')

  beforeAll(async () => {
    project = createProject()
    await startIn(project, face.record(project, face.crashMessages)).ended
    size = statSync(tape()).size
    expect(isWhole(tape())).toBe(true)
  })
  afterAll(() => project[Symbol.dispose]())

  test('killed with SIGKILL anywhere in a recording leaves the cassette before as it was, or the whole new one', async () => {
    const random = seededNumbers(seed)
    const counts = { old: 0, new: 0, partial: 0 }
    for (let nth = 0; nth < crashes; nth++) {
      const before = project.read('.x07_rr/tape.rrbin')
      // Behind the end: while it is sealed, scanned and named.
      const moment = 1 + random(Math.ceil(size * 1.1))
      const { child, ended } = startIn(project, face.record(project, face.crashMessages))
      // All of it, or of every third the process alone that was started.
      const pid = nth % 3 === 2 ? child.pid! : -child.pid!
      await writtenOrEnded(project.path('.x07_rr'), moment, ended)
      if (child.exitCode === null) process.kill(pid, 'SIGKILL')
      await ended
      const left = leftIn(project.path('.x07_rr'))
      const isOld = project.read('.x07_rr/tape.rrbin').equals(before)
      expect({ nth, moment, whole: isOld || isWhole(tape()) }).toEqual({ nth, moment, whole: true })
      counts[isOld ? 'old' : 'new']++
      if (left.length > 0) counts.partial++
      if (nth === 0 || nth === crashes - 1) await expectMended(project, face)
      else for (const name of left) rmSync(project.path('.x07_rr', name))
    }
    console.log(`${face.name}: ${crashes} killed: ${JSON.stringify(counts)}`)
    expect(counts.old + counts.new).toBe(crashes)
  }, 3_600_000)

  test.skipIf(!mountable)(
    'a disk that is full at any write leaves the cassette before as it was, and says so with exit code 3',
    async () => {
      const messages = await messagesWithSealOverPages(project, face)
      const before = project.read('.x07_rr/tape.rrbin')
      const failures = new Set<string>()
      for (let pages = Math.ceil(before.length / pageBytes); ; pages++) {
        const { code, stderr, left } = onSmallDisk(project, pages, face.record(project, messages))
        expect(left.length).toBeGreaterThan(0)
        if (code === 0) {
          expect(isWhole(join(leftFolder(project), 'tape.rrbin'))).toBe(true)
          break
        }
        expect({ pages, code, told: stderr.includes('ENOSPC') }).toEqual({ pages, code: 3, told: true })
        const kept = project.read('left/tape.rrbin')
        expect({ pages, old: kept.equals(before) }).toEqual({ pages, old: true })
        for (const name of left.filter((file) => file !== 'tape.rrbin')) {
          failures.add(statSync(join(leftFolder(project), name)).size > 0 ? 'begun' : 'empty')
          copyFileSync(join(leftFolder(project), name), project.path(name))
        }
      }
      // What was left of them is torn nowhere.
      for (const name of readdirSync(project.root).filter((file) => file.endsWith('.rrbin'))) {
        renameSync(project.path(name), project.path('.x07_rr', name))
        if (statSync(project.path('.x07_rr', name)).size === 0) continue
        expect((await project.lab(['cassette', 'repair', name])).stdout).toContain('whole')
      }
      await expectMended(project, face)
      expect(failures).toContain('begun')
    },
    600_000,
  )
})

const pageBytes = 4_096
const leftFolder = (project: Project): string => project.path('left')

/** Runs with a `.x07_rr/` of so many pages, which holds what the folder holds; what the run leaves there is copied to `left/`. */
const script = `
rm -rf left; cp -a .x07_rr left
mount -t tmpfs -o size=$PAGES tmpfs .x07_rr || exit 99
cp -a left/. .x07_rr/
"$0" "$@"
code=$?
rm -rf left; mkdir left; cp -a .x07_rr/. left/
exit $code`

function onSmallDisk(project: Project, pages: number, words: readonly string[]) {
  const { CI: _ci, NODE_OPTIONS: _options, ...rest } = process.env
  const env = { ...rest, PAGES: String(pages * pageBytes) }
  const all = ['-rm', '/bin/sh', '-c', script, process.execPath, ...words]
  const { status, stderr } = spawnSync('unshare', all, { cwd: project.root, env, encoding: 'utf8' })
  return { code: status, stderr, left: existsSync(leftFolder(project)) ? readdirSync(leftFolder(project)) : [] }
}

/** A number of messages whose seal begins on one page and ends on the next, so that its write alone may fail. */
async function messagesWithSealOverPages(project: Project, face: Face): Promise<number> {
  const path = project.path('.x07_rr/tape.rrbin')
  for (let messages = 3; messages < 20; messages++) {
    const [, ...words] = face.record(project, messages)
    if (face.crashMessages > 0) await project.lab(words)
    using reader = openReader(path, { limits: NO_LIMITS })
    const seal = checkSeal(reader, path)
    if (seal.kind !== 'sealed') throw new Error('a recording has its seal')
    const [begin, end] = [seal.seal.bytes, statSync(path).size]
    const crosses = Math.floor((begin + 200) / pageBytes) < Math.floor((end - 200) / pageBytes)
    if (crosses || face.crashMessages === 0) return messages
  }
  throw new Error('no recording has its seal on two pages')
}
