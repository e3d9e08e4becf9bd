import { expect, test } from 'vitest'
import { watchConfirms } from '../../src/publish/watch.ts'

test('confirms that stop are noticed, and only while a message is open', () => {
  const due: (() => void)[] = []
  const pass = (): void => due.splice(0).forEach((run) => run())
  const timers = {
    after(_: number, run: () => void) {
      due.push(run)
      return () => due.splice(0)
    },
  }
  let open = true
  const stalls: number[] = []
  const watch = watchConfirms(timers, 1_000, { pending: () => open, stalled: (times) => stalls.push(times) })
  watch.start()
  watch.start()
  expect(due).toHaveLength(1)
  watch.progress()
  pass()
  expect(stalls).toEqual([])
  pass()
  pass()
  expect(stalls).toEqual([1, 2])
  watch.progress()
  pass()
  pass()
  expect(stalls).toEqual([1, 2, 1])
  open = false
  pass()
  expect(due).toEqual([])
  open = true
  watch.start()
  watch.end()
  expect(due).toEqual([])
})
