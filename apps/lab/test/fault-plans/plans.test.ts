import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

/** They run at once and share one processor: each takes as long as all of them. */
const timeout = 600_000

/** A project with one of the committed cassettes. */
function projectWith(name: string): Project {
  const project = createProject()
  cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`), { recursive: true })
  return project
}

const plans = readdirSync(join(repository, 'arch', 'vcr'))
  .filter((name) => name.endsWith('.fault.json'))
  .map((name) => name.replace('.fault.json', ''))

type Report = Readonly<Record<string, unknown>>

/** What each committed plan shows in the delivery report of a cassette of so many messages. */
const effects: Readonly<Record<string, (messages: number, wire: string, before: Report) => Report>> = {
  duplicate: (messages) => ({ broken: {}, deliveries: { total: messages + 1, redelivered: 1 } }),
  'unmarked-duplicate': (messages) => ({ broken: { duplicate: 1 }, deliveries: { total: messages + 1 } }),
  late: () => ({ broken: { out_of_order: 1 } }),
  reorder: (messages, _, before) => ({
    broken: {},
    deliveries: { total: messages, first: messages },
    sequence: expect.not.stringContaining(String(before['sequence'])) as string,
  }),
  poison: (_, wire) => ({ broken: wire === 'amqp' ? { skipped: 1 } : { altered: 1 } }),
  refused: () => ({ publishes: { refused: 1 } }),
  'lost-confirm': (messages, wire) => ({
    broken: {},
    deliveries: { total: messages + 1, ...(wire === 'amqp' ? { repeated: 1 } : { of_others: 1 }) },
  }),
  rebalance: (messages) => ({ broken: {}, deliveries: { total: messages + 5, redelivered: 5 } }),
  'broker-gone': (messages) => ({ broken: {}, complete: false, deliveries: { total: 10 }, pending: messages - 10 }),
}

test('every committed plan has an effect that is tested', () => {
  expect(Object.keys(effects).sort()).toEqual(plans.sort())
})

describe.concurrent.each([
  ['amqp-orders', 1_000, 'amqp'],
  ['kafka-orders', 1_200, 'kafka'],
] as const)('plans on the committed %s', (name, messages, wire) => {
  test('derive cassettes that replay, each with its effect in the delivery report', { timeout }, async () => {
    using project = projectWith(name)
    const before = JSON.parse((await project.lab(['cassette', 'delivery', name, '--json'])).stdout) as Report
    const { code, stdout } = await project.lab(['replay', '--cassette', name, '--faults', 'arch/vcr', '--json'])
    const { faults, expected } = JSON.parse(stdout) as {
      faults: { plan: string; verdict: string }[]
      expected: boolean
    }
    expect([code, expected, faults.map(({ plan }) => plan)]).toEqual([0, true, plans.sort()])
    expect(faults.filter(({ verdict }) => verdict === 'break').map(({ plan }) => plan)).toEqual([
      'broker-gone',
      'late',
      'poison',
    ])
    for (const [plan, effect] of Object.entries(effects)) {
      const file = project.read(`out/rr_replay/${name}.fault-${plan}/delivery.json`).toString()
      expect([plan, JSON.parse(file)]).toMatchObject([plan, effect(messages, wire, before)])
      // A plan that did nothing would leave the report as it was.
      expect([plan, before]).not.toMatchObject([plan, effect(messages, wire, before)])
      const alone = await project.lab(['cassette', 'delivery', `${name}.fault-${plan}`, '--json'])
      expect([plan, JSON.parse(alone.stdout)]).toEqual([plan, JSON.parse(file)])
    }
  })

  test('make the same bytes again, sealed with what they come from', { timeout }, async () => {
    using project = projectWith(name)
    const args = ['fault', name, '--plan', 'arch/vcr/duplicate.fault.json', '--cassette']
    for (const cassette of ['once', 'again']) expect((await project.lab([...args, cassette])).code).toBe(0)
    expect(project.read('.x07_rr/once.rrbin')).toEqual(project.read('.x07_rr/again.rrbin'))
    const { seal } = JSON.parse((await project.lab(['cassette', 'stats', 'once', '--json'])).stdout) as { seal: Report }
    expect(seal).toMatchObject({
      kind: 'sealed',
      seal: {
        derived: {
          cassette: `${name}.rrbin`,
          plan: 'duplicate',
          plan_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        },
      },
    })
    expect((await project.lab(['replay', '--cassette', 'once'])).code).toBe(0)
  })
})

function refusal(publish: number): Report {
  return { kind: 'refused_publish', publish }
}

/** A plan in the file `bad.fault.json`. */
function bad(...faults: readonly Report[]): string {
  return JSON.stringify({ schema_version: 'vcr.fault@0.1.0', id: 'bad', v: 1, faults })
}

describe.concurrent('plans', () => {
  test.each<[what: string, effect: Report, ...faults: Report[]]>([
    ['of one publish that is refused twice', { publishes: { refused: 2 } }, refusal(7), refusal(7)],
    [
      'about a delivery that another fault made',
      { complete: false, deliveries: { total: 22, redelivered: 2 } },
      { kind: 'rebalance', delivery: 20, again: 5 },
      { kind: 'broker_gone', delivery: 22 },
    ],
    [
      'of forty faults',
      { broken: {}, deliveries: { total: 1_040, redelivered: 40 } },
      ...Array.from({ length: 40 }, (_, at) => ({ kind: 'duplicate_delivery', delivery: 5 + 7 * at })),
    ],
    [
      'that make a delivery the last one',
      { broken: { out_of_order: 1 }, deliveries: { total: 1_000 } },
      { kind: 'late_delivery', delivery: 3, by: 100_000 },
    ],
  ])('%s replay with their effect', { timeout }, async (_what, effect, ...faults) => {
    using project = projectWith('amqp-orders')
    project.write('bad.fault.json', bad(...faults))
    expect((await project.lab(['fault', 'amqp-orders', '--plan', 'bad.fault.json'])).code).toBe(0)
    const { stdout } = await project.lab(['replay', '--cassette', 'amqp-orders.fault-bad'])
    expect(stdout).not.toContain('diverged')
    expect(JSON.parse(project.read('out/rr_replay/delivery.json').toString())).toMatchObject(effect)
  })

  test('that come out otherwise than expected fail the run', { timeout }, async () => {
    using project = projectWith('amqp-orders')
    project.edit('arch/vcr/poison.fault.json', '"expect": "break"', '"expect": "hold"')
    for (const plan of plans.filter((one) => one !== 'poison'))
      rmSync(project.path('arch', 'vcr', `${plan}.fault.json`))
    const { code, stdout } = await project.lab(['replay', '--cassette', 'amqp-orders', '--faults', 'arch/vcr'])
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^breaks, unexpected poison on amqp-orders.rrbin/)])
    expect(stdout).toMatch(/1 plans: 1 not as expected\n$/)
  })

  test.each([
    ['{', /^lab: fault plan .*bad.fault.json: it is not JSON: line 1, column 2/],
    [
      '{"schema_version":"vcr.fault@0.1.0","id":"bad","v":1,"faults":[]}',
      /faults is an empty list, expected a list of 1 to 100 items/,
    ],
    ['{"schema_version":"vcr.fault@0.1.0","id":"bad","v":1,"faults":[{"kind":"flood"}]}', /faults\[0\]/],
    [
      '{"schema_version":"vcr.fault@0.1.0","id":"other","v":1,"faults":[{"kind":"lost_confirm","publish":1}]}',
      /its id is "other"; name the file other.fault.json/,
    ],
    [
      '{"schema_version":"vcr.fault@0.1.0","id":"bad","v":1,"faults":[{"kind":"lost_confirm","publish":1001}]}',
      /plan bad, lost_confirm: publish 1001 is not there, the recording has 1000 publishes; give a number from 1 to 1000/,
    ],
    [
      bad({ kind: 'duplicate_delivery', delivery: 1000 }),
      /plan bad, duplicate_delivery: no other delivery follows before the program leaves its loop/,
    ],
    [
      bad({ kind: 'duplicate_delivery', delivery: 5, after: 100_000 }),
      /no other delivery follows before the program leaves its loop/,
    ],
    [bad({ kind: 'rebalance', delivery: 1000, again: 5 }), /no other delivery follows/],
    [bad({ kind: 'late_delivery', delivery: 1000, by: 1 }), /late_delivery: no later delivery of its topic and key/],
    [bad({ kind: 'reorder', delivery: 1000, by: 1 }), /reorder: no delivery of another partition/],
    [
      bad({ kind: 'poison_message', delivery: 3, value: 'x' }, { kind: 'poison_message', delivery: 3, value: 'x' }),
      /fault 2 of plan bad, poison_message: delivery 3 has this very value/,
    ],
    [
      bad({ kind: 'refused_publish', publish: 7 }, { kind: 'lost_confirm', publish: 7 }),
      /fault 2 of plan bad, lost_confirm: publish 7 was refused; give the number of one that was confirmed/,
    ],
    [
      bad({ kind: 'broker_gone', delivery: 10 }, { kind: 'late_delivery', delivery: 11, by: 1 }),
      /fault 2 of plan bad, late_delivery: delivery 11 is not there, the recording has 10 deliveries/,
    ],
  ])('that are wrong are told in one line: %s', { timeout }, async (text, line) => {
    using project = projectWith('amqp-orders')
    project.write('bad.fault.json', text)
    const { code, stderr } = await project.lab(['fault', 'amqp-orders', '--plan', 'bad.fault.json'])
    expect([code, stderr]).toEqual([expect.toSatisfy((one) => one === 2 || one === 3), expect.stringMatching(line)])
    expect(stderr.split('\n')).toHaveLength(2)
  })

  test('need messages of a driver: a recording at the socket has none', { timeout }, async () => {
    using project = createProject()
    const socket = join(repository, 'packages', 'vcr', 'test', 'cassettes', '.x07_rr', 'orders.rrbin')
    cpSync(socket, project.path('.x07_rr', 'orders.rrbin'), { recursive: true })
    const { code, stderr } = await project.lab(['fault', 'orders', '--plan', 'arch/vcr/late.fault.json'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^lab: fault orders.rrbin: plan late, late_delivery: the recording has no deliveries of a driver, .*vcr made at the socket/,
      ),
    ])
    expect(stderr.split('\n')).toHaveLength(2)
  })
})
