import { expect, test } from 'vitest'

import { StallWatch } from '../../src/session/stall-watch.ts'
import type { VirtualTime } from '../../src/time/virtual-time.ts'

/** A watch whose clock is moved by hand, and what it told. */
function watched(isOpenToOutside: boolean): { watch: StallWatch; after: (ms: number) => string[] } {
  let now = 0
  let check = (): void => undefined
  const told: string[] = []
  const time = { isOpenToOutside, progressed: () => undefined, set: () => undefined } as unknown as VirtualTime
  const watch = new StallWatch({
    timers: {
      setImmediate,
      setTimeout,
      clearTimeout,
      clearInterval: () => undefined,
      setInterval: (run) => {
        check = run
        return { unref: () => undefined } as unknown as NodeJS.Timeout
      },
      now: () => now,
    },
    time,
    isWaiting: () => true,
    allowedMs: () => 2_000,
    stalled: () => told.push('stalled'),
    waits: (ms) => told.push(`waits, has ${ms}`),
  })
  watch.moved()
  return {
    watch,
    after(ms) {
      now += ms
      check()
      return told.splice(0)
    },
  }
}

test('a program that somebody outside may make go on is told of at once, and has stalled later', () => {
  const { watch, after } = watched(true)
  expect(after(1_999)).toEqual([])
  expect(after(1)).toEqual(['waits, has 30000'])
  expect(after(250)).toEqual([])
  watch.moved()
  expect(after(2_000)).toEqual(['waits, has 30000'])
  expect(after(27_999)).toEqual([])
  expect(after(1)).toEqual(['stalled'])
})

test('nobody else is waited for', () => {
  expect(watched(false).after(2_000)).toEqual(['stalled'])
})
