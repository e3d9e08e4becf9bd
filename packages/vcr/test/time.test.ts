import { describe, expect, test } from 'vitest'

import { recordServed } from './record-served.ts'
import { cassettes, node, runVcr } from './run-vcr.ts'

const output =
  'first third argument refreshed tick tick interval interval value ABORT_ERR look look answer\ntrue true true true true\n'

describe.concurrent('the time of a program that is replayed', () => {
  // Minutes of pauses: a replay that waited for them would be ended by the test's own time limit.
  test.each(['20', '60000'])('pauses of %s ms are not waited for, and timers keep their order', async (pause) => {
    const replay = await runVcr(['replay', '--root', cassettes, ...node('sleepy.mjs')], { PAUSE: pause })
    expect(replay.stdout).toBe(output)
    expect(replay.stderr).toContain('no divergence')
    expect(replay.code).toBe(0)
  })

  test('a loop that looks again every millisecond does not hold time up', async () => {
    const replay = await runVcr(['replay', '--root', cassettes, ...node('sleepy.mjs')], { PAUSE: '2000', TICKS: '1' })
    expect([replay.code, replay.stdout]).toEqual([0, output])
  })

  test('what a broker held back does not come before timers of the program that were due earlier', async () => {
    const replay = await runVcr(['replay', '--root', cassettes, ...node('delayed.mjs')])
    expect([replay.code, replay.stdout]).toEqual([0, '100 tick 200 tick message 700\n'])
  })

  test('a program that waits for its standard input is given what it gets there, and its timers their time', async () => {
    let lines = ['one', 'two']
    const replay = await runVcr(['replay', '--root', cassettes, ...node('lines.mjs')], {}, ({ stdin, stdout }) => {
      stdout?.on('data', () => {
        const [line] = lines
        lines = lines.slice(1)
        // Longer than time needs to jump.
        setTimeout(() => (line === undefined ? stdin?.end() : stdin?.write(`${line}\n`)), 200)
      })
    })
    expect([replay.code, replay.stdout]).toEqual([0, 'ready\nsent one\nsent two\n'])
  })

  test('with --real-time the timers are those of Node', async () => {
    const from = performance.now()
    const args = ['replay', '--real-time', '--root', cassettes, ...node('sleepy.mjs')]
    const replay = await runVcr(args, { PAUSE: '100' })
    // Ten pauses at the least, which no replay takes that skips them.
    expect(performance.now() - from).toBeGreaterThan(1_000)
    // On a busy machine timers of near times fire in another order, and an interval once more before it is cleared.
    const words = (text: string): Set<string> => new Set(text.split(/\s+/))
    expect([replay.code, words(replay.stdout)]).toEqual([0, words(output)])
  })

  test('timers fire in the order in which they fired when the program was recorded, however busy it was', () =>
    recordServed('busy.mjs', [], async ({ ran, replay }) => {
      const fired = /^40 20 tick slept (10 25|25 10) then then\nhello Ada\nhello Grace\n$/
      expect([ran.code, ran.stdout]).toEqual([0, expect.stringMatching(fired)])
      const { code, stdout } = await replay()
      expect([code, stdout]).toEqual([0, ran.stdout])
    }))

  test('a thread of a pool is given its time', () =>
    recordServed('pooled.mjs', [], async ({ ran, replay }) => {
      expect([ran.code, ran.stdout]).toEqual([0, 'hello Ada\nhello Grace\n'])
      const { code, stdout } = await replay()
      expect([code, stdout]).toEqual([0, ran.stdout])
    }))
})
