import { describe, expect, test } from 'vitest'
import { plans, projectWith } from './project-with.ts'

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

describe.each([
  ['amqp-orders', 1_000, 'amqp'],
  ['kafka-orders', 1_200, 'kafka'],
] as const)('plans on the committed %s', (name, messages, wire) => {
  test('derive cassettes that replay, each with its effect in the delivery report', async () => {
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

  test('make the same bytes again, sealed with what they come from', async () => {
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
