import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'
import { plans, projectWith, repository } from './project-with.ts'

type Report = Readonly<Record<string, unknown>>

function refusal(publish: number): Report {
  return { kind: 'refused_publish', publish }
}

/** A plan in the file `bad.fault.json`. */
function bad(...faults: readonly Report[]): string {
  return JSON.stringify({ schema_version: 'vcr.fault@0.1.0', id: 'bad', v: 1, faults })
}

describe('plans', () => {
  const project = projectWith('amqp-orders')
  afterAll(() => project[Symbol.dispose]())

  test.each<[what: string, effect: Report, ...faults: Report[]]>([
    ['of one publish that is refused twice', { publishes: { refused: 2 } }, refusal(7), refusal(7)],
    [
      'about a delivery that another fault made',
      { complete: false, deliveries: { total: 22, redelivered: 2 } },
      { kind: 'rebalance', delivery: 20, again: 5 },
      { kind: 'broker_gone', delivery: 22 },
    ],
    [
      'of twelve faults',
      { broken: {}, deliveries: { total: 1_012, redelivered: 12 } },
      ...Array.from({ length: 12 }, (_, at) => ({ kind: 'duplicate_delivery', delivery: 5 + 7 * at })),
    ],
    [
      'that make a delivery the last one',
      { broken: { out_of_order: 1 }, deliveries: { total: 1_000 } },
      { kind: 'late_delivery', delivery: 3, by: 100_000 },
    ],
  ])('%s replay with their effect', async (_what, effect, ...faults) => {
    using project = projectWith('amqp-orders')
    project.write('bad.fault.json', bad(...faults))
    expect((await project.lab(['fault', 'amqp-orders', '--plan', 'bad.fault.json'])).code).toBe(0)
    const { stdout } = await project.lab(['replay', '--cassette', 'amqp-orders.fault-bad'])
    expect(stdout).not.toContain('diverged')
    expect(JSON.parse(project.read('out/rr_replay/delivery.json').toString())).toMatchObject(effect)
  })

  test('that come out otherwise than expected fail the run', async () => {
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
    [
      bad({ kind: 'flood' }),
      /faults\[0\]\.kind is "flood", expected one of duplicate_delivery, late_delivery, reorder,/,
    ],
    [bad({ delivery: 3 }), /faults\[0\]\.kind is missing, expected one of duplicate_delivery, late_delivery, reorder,/],
    [
      bad({ kind: 'duplicate_delivery', delivery: 3, redelivered: true }),
      /faults\[0\] has an unknown field "redelivered", it may have kind, delivery, after, marked/,
    ],
    [bad({ kind: 'rebalance', delivery: 3, again: 0 }), /faults\[0\]\.again is 0, expected an integer from 1 to 10000/],
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
    [
      bad({ kind: 'broker_gone', delivery: 1 }, { kind: 'late_delivery', delivery: 2, by: 1 }),
      /delivery 2 is not there, the recording has 1 delivery$/m,
    ],
  ])('that are wrong are told in one line: %s', async (text, line) => {
    project.write('bad.fault.json', text)
    const { code, stderr } = await project.lab(['fault', 'amqp-orders', '--plan', 'bad.fault.json'])
    expect([code, stderr]).toEqual([expect.toSatisfy((one) => one === 2 || one === 3), expect.stringMatching(line)])
    expect(stderr.split('\n')).toHaveLength(2)
  })

  test('need messages of a driver: a recording at the socket has none', async () => {
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
