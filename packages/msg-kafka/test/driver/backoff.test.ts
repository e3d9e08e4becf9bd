import { describe, expect, test } from 'vitest'
import { backoff } from '../../src/driver/backoff.ts'

describe('pauses between tries', () => {
  function start(random: number) {
    const clock = { ms: 0 }
    const tries = backoff({
      firstDelayMs: 100,
      maxDelayMs: 400,
      giveUpAfterMs: 10_000,
      now: () => clock.ms,
      random: () => random,
    })
    return { clock, tries }
  }

  test('double up to the longest, each at least half of its step', () => {
    const { tries } = start(0)
    expect([tries.next(), tries.next(), tries.next(), tries.next()]).toEqual([50, 100, 200, 200])
  })

  test('take their jitter from the randomness given', () => {
    const { tries } = start(0.5)
    expect([tries.next(), tries.next()]).toEqual([75, 150])
  })

  test('end when the time is used up', () => {
    const { clock, tries } = start(0)
    clock.ms = 9_999
    expect(tries.next()).toBe(50)
    clock.ms = 10_000
    expect(tries.next()).toBeUndefined()
    expect(tries.failingFor()).toBe(10_000)
  })

  test('start anew after a success', () => {
    const { clock, tries } = start(0)
    tries.next()
    clock.ms = 10_000
    tries.succeeded()
    expect(tries.next()).toBe(50)
    expect(tries.failingFor()).toBe(0)
  })

  test('know the first of a row of failures, and of the row after a success', () => {
    const { tries } = start(0)
    const first = Array.from({ length: 3 }, () => {
      tries.next()
      return tries.isFirst()
    })
    tries.succeeded()
    tries.next()
    expect([...first, tries.isFirst()]).toEqual([true, false, false, true])
  })
})
