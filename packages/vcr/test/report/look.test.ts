import { expect, test } from 'vitest'

import { lookLines } from '../../src/report/look.ts'
import type { SessionReport } from '../../src/session/session.ts'

function linesOf(...fields: [field: string, recorded: string, now: string][]): string[] {
  const differences = fields.map(([field, recorded, now]) => ({ field, recorded, now }))
  const divergence = {
    kind: 'changed',
    op: 'publish',
    key: 'amqp#1/1',
    entry: 7,
    differences,
    text: 'differs',
  } as const
  const report: SessionReport = {
    mode: 'replay',
    cassette: 'orders.rrbin',
    entries: 9,
    divergences: [divergence],
    divergenceCount: 1,
    relaxed: {},
    notUnderstood: [],
    waitingFor: [],
  }
  return lookLines('/service', report, undefined)
}

test.each([
  ['body/at', '"2026-12-01T07:05:44.000Z"', '"2026-12-01T07:05:47.120Z"'],
  ['body/at', '"Tue, 01 Dec 2026 07:05:44 GMT"', '"Tue, 01 Dec 2026 07:05:47 GMT"'],
  ['properties/headers/at/value', '1796108769670', '1796108777900'],
])('where only times differ the report says how every replay has the same: %s %s', (...field) => {
  expect(linesOf(field)).toContainEqual(expect.stringContaining('vcr record --pin'))
})

test.each([
  ['body/total', '20', '21'],
  ['body/order', '"order-1796108769"', '"order-1796108770"'],
  ['body/total', '1200', '1796108777900'],
])('where something else differs it says nothing of that kind: %s %s', (...field) => {
  expect(linesOf(field).join('\n')).not.toContain('--pin')
  expect(linesOf(['body/at', '1796108769670', '1796108777900'], field).join('\n')).not.toContain('--pin')
})
