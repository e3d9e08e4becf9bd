import { describe, expect, it } from 'vitest'

import { createVirtualClock } from '../../src/rr/index.ts'

describe('createVirtualClock', () => {
  it('adds up waits that follow each other', async () => {
    const clock = createVirtualClock()
    await clock.wait(10)
    await clock.wait(5)
    expect(clock.now()).toBe(15)
  })

  it('overlaps waits that run at the same time, and wakes them in the order of their times', async () => {
    const clock = createVirtualClock()
    const woken: string[] = []
    const task = async (name: string, ...waits: number[]) => {
      for (const ticks of waits) {
        await clock.wait(ticks)
        woken.push(`${name}@${clock.now()}`)
      }
    }
    await Promise.all([task('a', 10, 10), task('b', 1, 1, 20), task('c', 10), task('d', 3)])
    expect(woken).toEqual(['b@1', 'b@2', 'd@3', 'a@10', 'c@10', 'a@20', 'b@22'])
  })

  it('moves only when the tasks that can run have run', () => {
    const idle: (() => void)[] = []
    const clock = createVirtualClock((callback) => idle.push(callback))
    void clock.wait(7)
    expect([clock.now(), idle.length]).toEqual([0, 1])
    idle.shift()?.()
    expect([clock.now(), idle.length]).toEqual([7, 0])
  })

  it('keeps its order with many waits', async () => {
    const clock = createVirtualClock()
    const woken: number[] = []
    const times = Array.from({ length: 200 }, (_, index) => (index * 73) % 101)
    await Promise.all(times.map(async (ticks) => clock.wait(ticks).then(() => woken.push(ticks))))
    expect(woken).toEqual(times.toSorted((a, b) => a - b))
  })
})
