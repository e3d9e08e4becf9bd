import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

const calls =
  'trace=connect,sendto,sendmsg,open,openat,openat2,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,truncate'
const traced = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0
if (!traced) console.log('skipped: system-call traces; no strace here that may trace, install the package strace')

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

  test("a recording from a broker connects to the policy's address alone", async () => {
    using project = createProject()
    const under = ['strace', '-f', '-qq', '-e', 'trace=connect', '-o', project.path('trace')]
    const { stderr } = await project.process(['record', '--driver', 'amqp', '--messages', '5'], { under })
    const seen = [
      ...project
        .read('trace')
        .toString()
        .matchAll(/connect\(\d+, (.*?), \d+\)/g),
    ].map(([, to]) => to)
    // Where no broker listens the attempt is all there is; it went to the same place.
    expect(stderr).toMatch(/^(?:|lab: open broker local_amqp_v1 at 127\.0\.0\.1:5672: .*\n)$/)
    expect(seen.length).toBeGreaterThan(0)
    expect(new Set(seen)).toEqual(
      new Set(['{sa_family=AF_INET, sin_port=htons(5672), sin_addr=inet_addr("127.0.0.1")}']),
    )
  })
})
