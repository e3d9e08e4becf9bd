import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shareOut } from '../../src/shards/shard.ts'
import { createProject } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

describe('shards', () => {
  test('have each cassette once, about as many bytes each, whatever the order of the list', () => {
    const cassette = fc.record({ name: fc.string({ minLength: 1 }), bytes: fc.nat(1_000_000) })
    const cassettes = fc.uniqueArray(cassette, { selector: ({ name }) => name, maxLength: 40 })
    fc.assert(
      fc.property(cassettes, fc.integer({ min: 1, max: 12 }), (all, count) => {
        const shards = shareOut(all, count)
        expect(shards).toHaveLength(count)
        expect(shards.flat().sort()).toEqual(all.map(({ name }) => name).sort())
        expect(shareOut(all.toReversed(), count)).toEqual(shards)
        const sizes = shards.map((names) =>
          all.reduce((sum, one) => sum + (names.includes(one.name) ? one.bytes : 0), 0),
        )
        const largest = Math.max(0, ...all.map(({ bytes }) => bytes))
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(largest)
      }),
    )
  })

  test('of a replay are merged to what one replay of all says', async () => {
    using project = createProject()
    mkdirSync(project.path('.x07_rr'))
    const names = ['amqp-orders', 'kafka-orders', 'greetings']
    for (const name of names)
      cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`))
    const all = names.flatMap((name) => ['--cassette', name])
    const replay = (shard: string, out: string) => project.lab(['replay', ...all, '--shard', shard, '--out', out])
    const [first, second] = [await replay('1/2', 'out/a'), await replay('2/2', 'out/b')]
    expect([first.code, second.code]).toEqual([0, 0])
    expect(first.stdout).toContain('kafka-orders.rrbin')
    expect(second.stdout).toContain('amqp-orders.rrbin')
    expect(second.stdout).toContain('greetings.rrbin')
    expect(await project.lab(['merge-reports', 'out'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^identical amqp-orders.rrbin .*\nidentical greetings.rrbin .*\nidentical kafka-orders.rrbin .*\n3 cassettes in 2 shards: identical\n$/,
      ) as string,
    })
    // A matrix of which a part is missing says nothing of the whole.
    expect(await project.lab(['merge-reports', 'out/a'])).toMatchObject({
      code: 3,
      stderr: 'lab: merge-reports: of 2 shards 2 is missing; give the report of each\n',
    })
    expect((await project.lab(['merge-reports', 'out/a', 'out/a', 'out/b'])).stderr).toMatch(/are both of shard 1\/2/)
    const report = 'out/b/replay.2-of-2.json'
    project.edit(report, '"identical":true', '"identical":false')
    const merged = await project.lab(['merge-reports', 'out'])
    expect([merged.code, merged.stdout]).toEqual([
      1,
      expect.stringContaining('3 cassettes in 2 shards: 1 not as recorded\n'),
    ])
  })

  test('that were not replayed on one commit, or not to their end, are merged to nothing', async () => {
    using project = createProject()
    mkdirSync(project.path('.x07_rr'))
    for (const name of ['kafka-orders', 'greetings'])
      cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`))
    const replay = (shard: string) =>
      project.lab(['replay', '--cassette', 'greetings', '--cassette', 'kafka-orders', '--shard', shard, '--out', 'out'])
    expect([(await replay('1/2')).code, (await replay('2/2')).code]).toEqual([0, 0])
    expect((await project.lab(['merge-reports', 'out'])).code).toBe(0)
    project.write('.x07_rr/cassettes.lock.json', '{}')
    expect((await replay('1/2')).code).toBe(0)
    expect(await project.lab(['merge-reports', 'out'])).toMatchObject({
      code: 3,
      stderr:
        'lab: merge-reports: ROOT/out/replay.2-of-2.json and ROOT/out/replay.1-of-2.json were made under other locks (arch/*.lock.json, .x07_rr/cassettes.lock.json); run all shards on the same commit\n',
    })
    // It ends early, and its report of the time before is not there any more.
    rmSync(project.path('.x07_rr/greetings.rrbin'))
    expect((await replay('2/2')).code).toBe(3)
    expect((await project.lab(['merge-reports', 'out'])).stderr).toBe(
      'lab: merge-reports: of 2 shards 2 is missing; give the report of each\n',
    )
  })

  test('may be empty, and say so', async () => {
    using project = createProject()
    mkdirSync(project.path('.x07_rr'))
    cpSync(join(repository, '.x07_rr', 'greetings.rrbin'), project.path('.x07_rr', 'greetings.rrbin'))
    const { code, stdout } = await project.lab(['replay', '--cassette', 'greetings', '--shard', '2/2'])
    expect([code, stdout]).toEqual([0, 'shard 2/2 of 1 cassette: nothing to replay\n'])
  })

  test.each(['0/2', '3/2', '1', '1/257', '01/2'])('%s is refused', async (shard) => {
    using project = createProject()
    expect(await project.lab(['replay', '--shard', shard])).toMatchObject({
      code: 2,
      stderr: `lab: --shard "${shard}": give K/N, such as 1/4, with K from 1 to N and N at most 256\n`,
    })
  })
})
