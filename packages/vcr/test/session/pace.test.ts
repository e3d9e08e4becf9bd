import type { Awaited } from '@x07-lab/msg-core/driver'
import { describe, expect, test } from 'vitest'

import { Pace } from '../../src/session/pace.ts'

const awaited = (at: number, since: number): Awaited => ({
  entry: 1,
  op: 'op',
  key: 'key',
  text: '',
  time: { at, since },
})

const atOnce = { endMs: 0, idleMs: 0 }

describe('how long a program may take for what the recording waits for', () => {
  test('2 s where the recording had no pause', () => {
    const pace = new Pace()
    pace.moved(100)
    expect(pace.allowedMs([awaited(4, 4)], atOnce)).toBe(2_006)
  })

  test('its recorded pause again, and half of that more: clients wait a random time before they try again', () => {
    const pace = new Pace()
    for (const now of [0, 12_000]) pace.moved(now)
    expect(pace.allowedMs([awaited(24_000, 12_000)], atOnce)).toBe(20_000)
  })

  test('up to the time at which it did it in the recording, where the answers before it come sooner now', () => {
    const pace = new Pace()
    for (const now of [1_000, 1_010, 1_020]) pace.moved(now)
    expect(pace.allowedMs([awaited(5_000, 10)], atOnce)).toBe(6_980)
  })

  test('but not for ever: a recording of an hour tells a stall in its first second too', () => {
    const pace = new Pace()
    pace.moved(0)
    expect(pace.allowedMs([awaited(3_600_000, 10)], atOnce)).toBe(10_000)
    expect(pace.allowedMs([], { endMs: 3_600_000, idleMs: 5 })).toBe(10_000)
  })

  test('later by what the replay is behind', () => {
    const pace = new Pace()
    for (const now of [0, 3_000]) pace.moved(now)
    expect(pace.allowedMs([awaited(1_000, 10)], atOnce)).toBe(2_015)
    pace.moved(3_010)
    expect(pace.allowedMs([awaited(6_000, 10)], atOnce)).toBe(2_000 + 6_000 + 2_000 - 3_010)
  })

  test('the longest of what is awaited counts', () => {
    const pace = new Pace()
    pace.moved(0)
    expect(pace.allowedMs([awaited(0, 0), awaited(3_000, 0)], atOnce)).toBe(5_000)
  })

  test('what it idled at the end of the recording', () => {
    const pace = new Pace()
    for (const now of [0, 5_000]) pace.moved(now)
    expect(pace.allowedMs([], { endMs: 4_000, idleMs: 700 })).toBe(2_700)
  })

  test('up to the end of the recording, where the last deliveries come sooner now', () => {
    const pace = new Pace()
    for (const now of [0, 50]) pace.moved(now)
    expect(pace.allowedMs([], { endMs: 5_000, idleMs: 2_000 })).toBe(6_950)
  })
})
