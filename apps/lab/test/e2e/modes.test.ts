import { mkdirSync, readdirSync, renameSync } from 'node:fs'
import { canonicalJson } from '@x07-lab/msg-core/format'
import { describe, expect, test } from 'vitest'
import { createProject, type Project, type Ran } from '../support/project.ts'

const memory = ['record', '--driver', 'memory', '--messages', '3', '--json']

function seedOf(project: Project): unknown {
  const report = JSON.parse(project.read('out/os_record/report.json').toString()) as { inputs: { seed: number } }
  return report.inputs.seed
}

async function succeed(run: Promise<Ran>): Promise<unknown> {
  const { code, stdout, stderr } = await run
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const document: unknown = JSON.parse(stdout)
  expect(stdout).toBe(`${canonicalJson(document)}\n`)
  return document
}

describe.concurrent('the modes of a recording', () => {
  test('record_v1 records once and touches a recording never again', async () => {
    using project = createProject()
    await succeed(project.lab([...memory, '--mode', 'record_v1']))
    const first = project.read('.x07_rr/lab.rrbin')
    expect(await project.lab([...memory, '--mode', 'record_v1'])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'lab: record: cassette lab.rrbin holds a recording, and --mode record_v1 never overwrites; give another --cassette, or --mode rewrite_v1 to replace it\n',
    })
    expect(project.read('.x07_rr/lab.rrbin').equals(first)).toBe(true)
  })

  test('record_missing_v1 records the first time and replays from then on, in CI too', async () => {
    using project = createProject()
    mkdirSync(project.path('.x07_rr'))
    project.write('.x07_rr/lab.rrbin', '')
    await succeed(project.lab([...memory, '--seed', '4', '--mode', 'record_missing_v1']))
    const env = { CI: '1' }
    const again = await succeed(project.lab([...memory, '--seed', '4', '--mode', 'record_missing_v1'], { env }))
    expect(again).toMatchObject({ identical: true, replays: [{ cassette: 'lab.rrbin', published: 3 }] })
    const other = await project.lab([...memory, '--seed', '5', '--mode', 'record_missing_v1'], { env })
    expect([other.code, JSON.parse(other.stdout)]).toMatchObject([1, { identical: false }])
  })

  test.each(['lookup_v1', 'transcript_v1'])(
    'record_missing_v1 takes from the cassette what it has and records the rest, in %s',
    async (matchMode) => {
      using project = createProject()
      project.edit('arch/rr/policies/lab_rr_v1.policy.json', 'lookup_v1', matchMode)
      const missing = (count: string): Promise<Ran> =>
        project.lab(['record', '--driver', 'memory', '--messages', count, '--mode', 'record_missing_v1', '--json'])
      await succeed(project.lab([...memory, '--seed', '4']))
      expect(await succeed(missing('5'))).toMatchObject({ missing: { hits: 6, misses: 4, unused: 0 }, published: 5 })
      expect(await succeed(project.lab(['replay', '--json']))).toMatchObject({ identical: true })
      expect(await succeed(missing('6'))).toMatchObject({ missing: { hits: 10, misses: 2, unused: 0 } })
      const whole = project.read('.x07_rr/lab.rrbin')
      expect(await succeed(missing('6'))).toMatchObject({ missing: { hits: 12, misses: 0, unused: 0 } })
      expect(project.read('.x07_rr/lab.rrbin').equals(whole)).toBe(true)
      expect(readdirSync(project.path('.x07_rr'))).toEqual(['lab.rrbin'])
    },
  )

  test('record_missing_v1 over a cassette of other contracts is stale, and leaves it as it was', async () => {
    using project = createProject()
    await succeed(project.lab(memory))
    const before = project.read('.x07_rr/lab.rrbin')
    project.edit('arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json', '"local_amqp_v1"', '"local_amqp_v1" ')
    project.edit('arch/rr/policies/lab_rr_v1.policy.json', '"max_entries": 8000000', '"max_entries": 7999999')
    const { code, stderr } = await project.lab([...memory, '--mode', 'record_missing_v1'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('record what is missing in lab.rrbin: it is stale')])
    expect(project.read('.x07_rr/lab.rrbin').equals(before)).toBe(true)
  })

  test('rewrite_v1 replaces the recording, off leaves it and its folder alone', async () => {
    using project = createProject()
    await succeed(project.lab([...memory, '--seed', '1', '--cassette', 'deep/er/lab.rrbin']))
    await succeed(project.lab([...memory, '--seed', '2', '--cassette', 'deep/er/lab.rrbin']))
    const second = project.read('.x07_rr/deep/er/lab.rrbin')
    const off = await succeed(
      project.lab([...memory, '--seed', '3', '--cassette', 'deep/er/lab.rrbin', '--mode', 'off']),
    )
    expect(off).toMatchObject({ cassette: null, published: 3 })
    expect(seedOf(project)).toBe(3)
    expect(project.read('.x07_rr/deep/er/lab.rrbin').equals(second)).toBe(true)
    expect(readdirSync(project.path('.x07_rr/deep/er'))).toEqual(['lab.rrbin'])
  })

  test('replay_v1 is a replay', async () => {
    using project = createProject()
    expect(await project.lab([...memory, '--mode', 'replay_v1'])).toMatchObject({ code: 3, stdout: '' })
    await succeed(project.lab(memory))
    expect(await succeed(project.lab([...memory, '--mode', 'replay_v1']))).toMatchObject({ identical: true })
  })

  test.each([
    ['the seed', ['--seed', '4']],
    ['the number of messages', ['--messages', '3']],
  ])('a replay that is told %s takes the rest as recorded', async (_, options) => {
    using project = createProject()
    await succeed(project.lab([...memory, '--seed', '4']))
    expect(await succeed(project.lab(['replay', ...options, '--json']))).toMatchObject({ identical: true })
  })

  test('of two recordings at once into one cassette the first to end has the name, and the other is kept and told so', async () => {
    using project = createProject()
    const begun = project.recorded(1)
    const slow = project.start(['record', '--driver', 'memory', '--input', '-'])
    slow.child.stdin.write('{"key":"a"}\n')
    await begun
    await succeed(project.lab(memory))
    slow.child.stdin.end()
    const { code, stderr } = await slow.ended
    const [partial = ''] = readdirSync(project.path('.x07_rr')).filter((name) => name.includes('partial'))
    expect([code, stderr]).toEqual([
      3,
      `lab: record lab.rrbin: another recording of it ended in the meantime and stands; this one is in .x07_rr/${partial}; give every program a cassette of its own\n`,
    ])
    renameSync(project.path(`.x07_rr/${partial}`), project.path('.x07_rr/others.rrbin'))
    for (const name of ['lab.rrbin', 'others.rrbin']) {
      expect(await succeed(project.lab(['replay', '--cassette', name, '--json']))).toMatchObject({ identical: true })
    }
  })
})
