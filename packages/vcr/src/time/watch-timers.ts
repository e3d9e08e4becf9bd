import timers from 'node:timers'
import promises from 'node:timers/promises'
import { promisify } from 'node:util'

import type { Realm } from '../pins/replace-date.ts'
import type { Patches } from '../seam/patches.ts'
import { wholeDelay, type TimerJournal, type TimerKind } from './timer-journal.ts'

type Callback = (this: unknown, ...args: unknown[]) => void
type Start = (callback: Callback, delay?: number, ...args: unknown[]) => NodeJS.Timeout
type Sleep = (ms?: number, value?: unknown, options?: { signal?: unknown }) => Promise<unknown>

/** Notes when the program's timers fire. They stay Node's own. */
export function watchTimers(journal: TimerJournal, realms: readonly Realm[], patches: Patches): void {
  const { numbers } = journal
  const watched = (kind: TimerKind, start: Start): Start =>
    function (callback, delay, ...args) {
      // Node's own error for what is not a function.
      if (typeof callback !== 'function') return start(callback, delay, ...args)
      const ms = wholeDelay(delay)
      let timer = numbers.next(kind, ms)
      return start(
        function (...given) {
          journal.fired(timer)
          if (kind === 'interval') timer = numbers.next(kind, ms)
          numbers.during(() => callback.apply(this, given))
        },
        delay,
        ...args,
      )
    }
  const sleeping =
    (sleep: Sleep): Sleep =>
    (ms, value, options) => {
      const timer = numbers.next('timeout', wholeDelay(ms))
      const slept = sleep(ms, value, options)
      // With a signal it may be rejected, which is the program's to see.
      if (options?.signal === undefined) void slept.then(() => journal.fired(timer))
      return slept
    }
  const sleep = sleeping(promises.setTimeout as Sleep)
  const functions = {
    setTimeout: Object.assign(watched('timeout', timers.setTimeout as Start), { [promisify.custom]: sleep }),
    setInterval: watched('interval', timers.setInterval),
  }
  for (const [name, own] of Object.entries(functions)) Object.defineProperty(own, 'name', { value: name })
  for (const target of [timers, ...realms]) patches.put(target, functions)
  patches.put(promises, { setTimeout: sleep })
  const { scheduler } = promises
  const scheduled = scheduler.wait.bind(scheduler)
  const wait = sleeping((ms, _value, options) => scheduled(ms ?? 0, options as never))
  patches.put(scheduler, { wait: (ms: number, options?: { signal?: unknown }) => wait(ms, undefined, options) })
}
