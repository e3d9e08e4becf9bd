import { encodeEnvelope } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import type { Act, ActMessage, DeliveryAct, PublishAct } from '../../src/delivery/act.ts'
import { DeliveryOracle } from '../../src/delivery/oracle.ts'

type Step = (place: { entry: number; begin: number; end: number }) => Act

function messageOf(value: string, offset: number | undefined, key = 'k'): ActMessage {
  const bytes = encodeEnvelope({ topic: 't', key: Buffer.from(key), value: Buffer.from(value), headers: [] })
  return { bytes, stream: `t\0${key}`, position: offset === undefined ? undefined : { log: 't/0', offset } }
}

const publish =
  (value: string, offset?: number, more: Partial<PublishAct> = {}): Step =>
  (place) => ({
    kind: 'publish',
    ...place,
    message: messageOf(value, offset),
    status: 'confirmed',
    producer: 'p',
    sent: 1,
    ...more,
  })

const deliver =
  (value: string, offset?: number, more: Partial<DeliveryAct> = {}): Step =>
  (place) => ({
    kind: 'delivery',
    ...place,
    message: messageOf(value, offset),
    consumer: 'c',
    redelivered: false,
    committed: undefined,
    settled: 'ack',
    ordered: true,
    ...more,
  })

const transaction =
  (call: 'begin' | 'commit' | 'abort'): Step =>
  (place) => ({ kind: 'transaction', ...place, call, producer: 'p' })

/** Each step is an entry of its own, one after the other. */
function judge(steps: readonly Step[], complete = true) {
  const oracle = new DeliveryOracle()
  steps.forEach((step, n) => oracle.take(step({ entry: n, begin: 2 * n, end: 2 * n + 1 })))
  return oracle.report(complete)
}

function broken(steps: readonly Step[], complete = true): string[] {
  return judge(steps, complete).findings.map(({ rule, entry }) => `${rule} ${entry}`)
}

describe.each([
  ['a log', (n: number) => n],
  ['a queue', () => undefined],
])('of %s', (_, at) => {
  const whole = [publish('a', at(0)), publish('b', at(1)), deliver('a', at(0)), deliver('b', at(1))]

  test.each<[string, Step[], string[]]>([
    ['all that was published is delivered once, in order', whole, []],
    ['a delivery may end before its confirm', [deliver('a', at(0)), publish('a', at(0))], []],
    ['the last one does not come', whole.slice(0, 3), ['undelivered 1']],
    ['the first one is passed over', [whole[0]!, whole[1]!, whole[3]!], ['skipped 0']],
    ['one comes twice', [...whole, deliver('b', at(1))], ['duplicate 4']],
    ['one comes twice, marked', [...whole, deliver('b', at(1), { redelivered: true })], []],
    ['they change places', [whole[0]!, whole[1]!, whole[3]!, whole[2]!], ['out_of_order 3']],
    ['one is never settled', [whole[0]!, deliver('a', at(0), { settled: 'unsettled' })], ['not_settled 1']],
    [
      'one is settled when it comes again',
      [whole[0]!, deliver('a', at(0), { settled: 'reject' }), deliver('a', at(0), { redelivered: true })],
      [],
    ],
    ['a refused publish is not waited for', [publish('a', undefined, { status: 'refused' })], []],
    [
      'a publish that failed may be there, and the publish again is another message',
      [publish('a', undefined, { status: 'failed' }), publish('a', at(1)), deliver('a', at(1)), deliver('a', at(2))],
      [],
    ],
    ['another consumer gets copies of its own', [...whole, deliver('a', at(0), { consumer: 'd' })], []],
    ['what nobody published here is of others', [...whole, deliver('z', at(2))], []],
  ])('%s', (_title, steps, rules) => {
    expect(broken(steps)).toEqual(rules)
  })

  test('a run that did not wait has what did not come pending', () => {
    const report = judge(whole.slice(0, 3), false)
    expect(report).toMatchObject({ ok: true, pending: 1, findings: [] })
  })
})

describe('of a queue', () => {
  test('a message that the driver sent twice may come twice', () => {
    expect(broken([publish('a', undefined, { sent: 2 }), deliver('a'), deliver('a')])).toEqual([])
    expect(broken([publish('a', undefined, { sent: 2 }), deliver('a'), deliver('a'), deliver('a')])).toEqual([
      'duplicate 3',
    ])
  })

  test('messages that are the same byte for byte are as many as were published', () => {
    expect(broken([publish('a'), publish('a'), deliver('a'), deliver('a')])).toEqual([])
    expect(broken([publish('a'), publish('a'), deliver('a'), deliver('a'), deliver('a')])).toEqual(['duplicate 4'])
    expect(broken([publish('a'), publish('a'), deliver('a')])).toEqual(['undelivered 1'])
  })
})

describe('of a log', () => {
  test('a message with other bytes than its publish is seen', () => {
    expect(broken([publish('a', 0), deliver('b', 0)])).toEqual(['altered 1'])
  })

  test('offsets follow the order of the calls', () => {
    expect(broken([publish('a', 1), publish('b', 0), deliver('b', 0), deliver('a', 1)])).toEqual([
      'published_out_of_order 1',
    ])
  })

  test('one publish that is out of order is one finding, however many calls it came before', () => {
    const late = { begin: 9 }
    const published = [publish('a', 0), publish('late', 1, late), publish('b', 2), publish('c', 3), publish('d', 4)]
    const delivered = ['a', 'late', 'b', 'c', 'd'].map((value, offset) => deliver(value, offset))
    expect(broken([...published, ...delivered])).toEqual(['published_out_of_order 2'])
  })

  test('what comes again was not committed', () => {
    const before = [publish('a', 0), publish('b', 1), deliver('a', 0), deliver('b', 1)]
    expect(broken([...before, deliver('a', 0, { redelivered: true, committed: 0 })])).toEqual([])
    expect(broken([...before, deliver('a', 0, { redelivered: true, committed: 1 })])).toEqual([
      'redelivered_committed 4',
    ])
  })

  test('a commit stays behind what was settled, whichever of the two entries ends first', () => {
    const message = (n: number) => messageOf('x', n)
    const late = { kind: 'delivery', consumer: 'c', redelivered: false, settled: 'ack', ordered: true } as const
    const oracle = (acts: Act[]) => {
      const one = new DeliveryOracle()
      for (const act of acts) one.take(act)
      return one.report(false).findings
    }
    const first = (end: number, entry: number): Act => ({
      ...late,
      entry,
      begin: 0,
      end,
      message: message(0),
      committed: undefined,
    })
    const second = (end: number, entry: number): Act => ({
      ...late,
      entry,
      begin: 2,
      end,
      message: message(1),
      committed: 1,
    })
    const at = 't/0 offset 0'
    expect(oracle([first(1, 0), second(3, 1)])).toEqual([])
    expect(oracle([first(3, 0), second(4, 1)])).toEqual([{ rule: 'commit_ahead', entry: 1, other: 0, at }])
    expect(oracle([second(3, 0), first(4, 1)])).toEqual([{ rule: 'commit_ahead', entry: 0, other: 1, at }])
  })

  test('what an aborted transaction published is waited for by nobody, what a committed one did is', () => {
    const within = (call: 'commit' | 'abort') => [
      transaction('begin'),
      publish('a', 0),
      transaction(call),
      publish('b', 2),
    ]
    expect(broken([...within('abort'), deliver('b', 2)])).toEqual([])
    expect(broken([...within('commit'), deliver('b', 2)])).toEqual(['skipped 1'])
  })
})

test('a settle of what was settled is a finding, and a report lists the first 1,000 and counts all', () => {
  const resettle: Step = (place) => ({ kind: 'resettle', ...place, delivery: 0 })
  const { findings, broken: counts } = judge(Array.from({ length: 2_500 }, () => resettle))
  expect([findings.length, findings[0], counts]).toEqual([
    1_000,
    { rule: 'settled_twice', entry: 0 },
    { settled_twice: 2_500 },
  ])
})
