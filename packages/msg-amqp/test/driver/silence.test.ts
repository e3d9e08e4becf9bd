import { describe, expect, test } from 'vitest'
import { watchSilence, type SilenceWatch } from '../../src/driver/silence.ts'

interface Stage {
  readonly watch: SilenceWatch
  /** How often silence was told, in a row. */
  readonly told: number[]
  /** Delays of the timers that run. */
  readonly due: () => readonly number[]
  pending: boolean
  /** Lets a quarter of the time pass, this often. */
  readonly pass: (quarters: number) => void
}

function start(): Stage {
  const timersDue = new Map<() => void, number>()
  const told: number[] = []
  const timers = {
    after(ms: number, run: () => void) {
      timersDue.set(run, ms)
      return () => void timersDue.delete(run)
    },
  }
  const stage: Stage = {
    watch: watchSilence(timers, 1_000, { pending: () => stage.pending, silent: (times) => told.push(times) }),
    told,
    due: () => [...timersDue.values()],
    pending: true,
    pass(quarters) {
      for (let n = 0; n < quarters; n++) {
        const now = [...timersDue.keys()]
        timersDue.clear()
        for (const run of now) run()
      }
    },
  }
  stage.watch.start()
  return stage
}

describe('a watch for silence', () => {
  test('uses one timer, however often it is started', () => {
    const { watch, due } = start()
    watch.start()
    expect(due()).toEqual([250])
  })

  test('tells of each whole time in which nothing came, counted in a row', () => {
    const { told, pass } = start()
    pass(3)
    expect(told).toEqual([])
    pass(1)
    expect(told).toEqual([1])
    pass(4)
    expect(told).toEqual([1, 2])
  })

  test('begins anew with everything that comes', () => {
    const { watch, told, pass } = start()
    pass(4)
    for (let n = 0; n < 10; n++) {
      watch.heard()
      pass(2)
    }
    expect(told).toEqual([1])
    pass(3)
    expect(told).toEqual([1, 1])
  })

  test('stops when nothing is awaited, and when it ends', () => {
    const stage = start()
    stage.pending = false
    stage.pass(1)
    expect(stage.due()).toEqual([])
    stage.pending = true
    stage.watch.start()
    stage.watch.end()
    stage.watch.start()
    expect([stage.due(), stage.told]).toEqual([[], []])
  })
})
