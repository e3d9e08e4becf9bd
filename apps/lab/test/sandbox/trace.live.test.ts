import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

const calls =
  'trace=connect,sendto,sendmsg,open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate'
const traced = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0
if (!traced) console.log('skipped: system-call traces; no strace here that may trace, install the package strace')

const vcr = join(import.meta.dirname, '../../../../packages/vcr')
const socketFile = join(vcr, '../../scripts/start/vcr.cjs')

/** Where connections went. */
function connections(trace: string): (string | undefined)[] {
  return [...trace.matchAll(/\bconnect\(\d+, (\{.*?\}), \d+\)/g)].map(([, to]) => to)
}

/** Calls that change a file or reach another process, as strace prints them, without the ones that only read. */
function effects(trace: string): string[] {
  return trace
    .split('\n')
    .map((line) => line.replace(/^\d+ +/, ''))
    .filter((line) => (/^\w+\(/.test(line) && !/^open(?:at2?)?\(/.test(line)) || /O_WRONLY|O_RDWR|O_CREAT/.test(line))
}

describe.skipIf(!traced)('under a system-call trace', () => {
  test('a replay makes no connection and changes nothing outside out/', async () => {
    using project = createProject()
    expect(await project.process(['record', '--driver', 'memory', '--messages', '20'])).toMatchObject({ code: 0 })
    const under = ['strace', '-f', '-qq', '-s', '4096', '-e', calls, '-o', project.path('trace')]
    expect(await project.process(['replay'], { under })).toMatchObject({ code: 0 })
    const seen = effects(project.read('trace').toString())
    expect(seen.length).toBeGreaterThanOrEqual(4)
    expect(seen.filter((call) => !call.includes(`"${project.root}/out`))).toEqual([])
  })

  test('a recording in memory makes no connection and changes nothing outside .x07_rr/ and out/', async () => {
    using project = createProject()
    const under = ['strace', '-f', '-qq', '-s', '4096', '-e', calls, '-o', project.path('trace')]
    expect(await project.process(['record', '--driver', 'memory', '--messages', '20'], { under })).toMatchObject({
      code: 0,
    })
    const seen = effects(project.read('trace').toString())
    const allowed = ['out', '.x07_rr'].map((folder) => `"${project.root}/${folder}`)
    expect(seen.filter((call) => !allowed.some((start) => call.includes(start)))).toEqual([])
  })

  test.each([
    ['amqp', 'local_amqp_v1', 5672],
    ['kafka', 'local_kafka_v1', 9092],
  ])(
    "a recording from a broker (%s) connects to the policy's address alone, and changes nothing outside .x07_rr/ and out/",
    async (driver, profile, port) => {
      using project = createProject()
      const under = ['strace', '-f', '-qq', '-s', '4096', '-e', calls, '-o', project.path('trace')]
      const { stderr } = await project.process(['record', '--driver', driver, '--messages', '5'], { under })
      const trace = project.read('trace').toString()
      // Where no broker listens the attempt is all there is; it went to the same place.
      if (stderr !== '') expect(stderr).toContain(`lab: open broker ${profile} at 127.0.0.1:${port}: `)
      expect(new Set(connections(trace))).toEqual(
        new Set([`{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("127.0.0.1")}`]),
      )
      const allowed = ['out', '.x07_rr'].map((folder) => `"${project.root}/${folder}`)
      const seen = effects(trace).filter((call) => !/^(?:connect|sendto|sendmsg)\(/.test(call))
      expect(seen.filter((call) => !allowed.some((start) => call.includes(start)))).toEqual([])
    },
  )

  test('a replay of an unmodified program makes no connection, and changes nothing but what it tells its own command', async () => {
    using project = createProject()
    cpSync(join(vcr, 'test/cassettes/.x07_rr'), project.path('.x07_rr'), { recursive: true })
    const words = ['replay', '--root', project.root, '--cassette', 'orders', '--', process.execPath]
    // With -y a folder that is open is told by its path.
    const args = ['-f', '-y', '-qq', '-s', '4096', '-e', calls, '-o', project.path('trace'), process.execPath]
    const { CI: _ci, NODE_OPTIONS: _options, ...env } = process.env
    const program = join(vcr, 'test/programs/orders.ts')
    const ran = spawnSync('strace', [...args, socketFile, ...words, program], { env, encoding: 'utf8' })
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining('closed') as string })
    const trace = project.read('trace').toString()
    expect(connections(trace)).toEqual([])
    const run = join(tmpdir(), 'vcr-')
    const done = effects(trace).filter((call) => !call.includes(') = -1 '))
    expect(done.length).toBeGreaterThan(4)
    expect(done.filter((call) => !call.includes(run))).toEqual([])
  })
})
