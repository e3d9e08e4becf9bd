import { expect, test } from 'vitest'

import { PlayedClock, RecordedClock } from '../src/pins/clock.ts'
import { recordServed } from './record-served.ts'

test('each package gets the times that it got, whoever asks in between, and then time goes on from there', () => {
  const recorded = new RecordedClock()
  for (const [name, now] of [
    ['program', 1000],
    ['uuid', 1001],
    ['program', 1500],
  ] as const) {
    expect(recorded.timeFor(name, now)).toBe(now)
  }
  const clock = new PlayedClock([...recorded.take(), { name: 'program', times: [1600] }])
  expect(recorded.pending).toBe(0)
  expect([clock.timeFor('program', 9000), clock.timeFor('program', 9001), clock.timeFor('program', 9002)]).toEqual([
    1000, 1500, 1600,
  ])
  expect(clock.timeFor('uuid', 9003)).toBe(1001)
  expect([clock.timeFor('program', 9012), clock.timeFor('other', 9013)]).toEqual([1610, 9013])
})

test('a program that tells the time replays to the same output where it was recorded with pins', () =>
  recordServed('clock.mjs', ['--pin'], async ({ ran, replay }) => {
    expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('no divergence')])
    expect(ran.stdout).toMatch(/^\d{13}\n\S+Z hello Ada\n\S+Z hello Grace\ntrue /)
    for (let replays = 0; replays < 2; replays++) {
      const { code, stdout, stderr } = await replay()
      expect([code, stdout, stderr]).toEqual([0, ran.stdout, expect.stringContaining('no divergence')])
    }
  }))
