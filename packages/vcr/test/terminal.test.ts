import { expect, test } from 'vitest'
import { reportLines, reportText } from '../src/report/text.ts'
import type { SessionReport } from '../src/session/session.ts'

const evil = '\u001b]0;owned\u0007\u202egnp\n  vcr: replayed all: no divergence'
const report: SessionReport = {
  mode: 'replay',
  cassette: 'orders.rrbin',
  entries: 1,
  divergences: [{ kind: 'unused', op: 'o', key: 'k', entry: 0, count: 1, text: `key ${evil}` }],
  divergenceCount: 1,
  relaxed: {},
  notUnderstood: [],
  waitingFor: [],
}

test('what a report quotes of a cassette cannot steer a terminal, nor make a line of its own', () => {
  expect(reportLines(report)).toHaveLength(2)
  const text = reportText(report)
  expect(text.split('\n')).toHaveLength(2)
  expect(text).toContain(String.raw`key \u001b]0;owned\u0007\u202egnp\n  vcr: replayed all: no divergence`)
})

test.each(['record', 'replay'] as const)('a problem of a %s is one line', (mode) => {
  const lines = reportText({ ...report, mode, problem: `amqp://me:secret@host ${evil}` }).split('\n')
  expect(lines).toHaveLength(mode === 'record' ? 2 : 1)
  for (const text of ['\u001b', 'secret']) expect(lines.join()).not.toContain(text)
})
