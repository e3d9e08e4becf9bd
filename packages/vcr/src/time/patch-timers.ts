import { AsyncLocalStorage } from 'node:async_hooks'
import timers from 'node:timers'
import promises from 'node:timers/promises'
import { promisify } from 'node:util'

import { realTimers } from '../seam/timers.ts'
import { replaceDate, type Realm } from '../pins/replace-date.ts'
import type { Patches } from '../seam/patches.ts'
import { FiredTimers, longestDelay, wholeDelay } from './timer-journal.ts'
import type { QueuedTimer } from './timer-queue.ts'
import type { VirtualTime } from './virtual-time.ts'

type Callback = (...args: unknown[]) => void

/** A timer of the program: Node's own object, which keeps the process alive and never fires, and what fires instead. */
interface Armed {
  queued: QueuedTimer
  readonly ms: number
  /** When it fired in the recording, in milliseconds since that began; undefined where that is not known. */
  firedAt: number | undefined
}

/**
 * Replaces Node's timers and clocks by those of a {@link VirtualTime}. Timers that are left when this is undone stay in it.
 *
 * @param fired when the timers of the recording fired: theirs do so again
 */
export function patchTimers(time: VirtualTime, fired: FiredTimers, realms: readonly Realm[], patches: Patches): void {
  patchFunctions(time, fired, realms, patches)
  for (const realm of realms) replaceDate((real) => Math.floor(real + time.offset), realm, patches)
  patchClocks(time, patches)
}

function patchFunctions(time: VirtualTime, fired: FiredTimers, realms: readonly Realm[], patches: Patches): void {
  const armed = new WeakMap<object, Armed>()
  const byId = new Map<number, NodeJS.Timeout>()
  const real = { setTimeout: timers.setTimeout, clearTimeout: timers.clearTimeout }

  /** @param isNoted whether a recording notes when such a timer fires */
  const start = (
    callback: Callback,
    delay: unknown,
    args: unknown[],
    repeats: boolean,
    isNoted = true,
  ): NodeJS.Timeout => {
    // Node's own error for what is not a function.
    if (typeof callback !== 'function') return real.setTimeout(callback)
    const ms = wholeDelay(delay)
    const firedNext = (): number | undefined =>
      isNoted ? fired.firedAt(fired.numbers.next(repeats ? 'interval' : 'timeout', ms)) : undefined
    const handle = real.setTimeout(() => undefined, longestDelay)
    const inContext = AsyncLocalStorage.snapshot()
    const fire = (): void => {
      const timer = armed.get(handle)
      if (timer === undefined) return
      if (repeats) {
        timer.firedAt = firedNext()
        timer.queued = time.set(ms, fire, 'interval', timer.firedAt)
      } else real.clearTimeout(handle)
      fired.numbers.during(() => inContext(() => callback.apply(handle, args)))
    }
    const firedAt = firedNext()
    armed.set(handle, { queued: time.set(ms, fire, 'program', firedAt), ms, firedAt })
    const own = (name: PropertyKey, value: unknown): void => {
      Object.defineProperty(handle, name, { value, configurable: true, writable: true, enumerable: false })
    }
    const primitive = handle[Symbol.toPrimitive].bind(handle)
    own('refresh', () => {
      const timer = armed.get(handle)
      if (timer === undefined) return handle
      timer.queued.isGone = true
      timer.queued = time.set(ms, fire, 'program', timer.firedAt)
      return Object.getPrototypeOf(handle).refresh.call(handle) as NodeJS.Timeout
    })
    own('close', () => {
      clear(handle)
      return handle
    })
    own(Symbol.dispose, () => clear(handle))
    own(Symbol.toPrimitive, () => {
      byId.set(primitive(), handle)
      return primitive()
    })
    return handle
  }

  const clear = (given?: NodeJS.Timeout | string | number | null): void => {
    const handle = typeof given === 'object' && given !== null ? given : (byId.get(Number(given)) ?? given)
    const timer = typeof handle === 'object' && handle !== null ? armed.get(handle) : undefined
    if (timer !== undefined) {
      timer.queued.isGone = true
      armed.delete(handle as NodeJS.Timeout)
    }
    real.clearTimeout(handle as NodeJS.Timeout)
  }

  const functions = {
    setTimeout: Object.assign(
      (callback: Callback, delay?: number, ...args: unknown[]) => start(callback, delay, args, false),
      { [promisify.custom]: sleep },
    ),
    setInterval: (callback: Callback, delay?: number, ...args: unknown[]) => start(callback, delay, args, true),
    clearTimeout: clear,
    clearInterval: clear,
  }

  function sleep<Value>(ms?: number, value?: Value, options: { signal?: AbortSignal; ref?: boolean } = {}) {
    const { signal, ref = true } = options
    if (signal?.aborted === true) return Promise.reject(aborted(signal))
    const { promise, resolve, reject } = Promise.withResolvers<Value>()
    const timer = start(() => resolve(value as Value), ms, [], false)
    if (!ref) timer.unref()
    if (signal === undefined) return promise
    const abort = (): void => {
      clear(timer)
      reject(aborted(signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    // As Node does it: with a signal it settles some microtasks later, which decides races.
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  /** Ticks that came while the loop's body ran are given at once afterwards, as Node does. */
  async function* interval<Value>(ms?: number, value?: Value, options: { signal?: AbortSignal; ref?: boolean } = {}) {
    const { signal, ref = true } = options
    const isAborted = (): boolean => signal?.aborted === true
    if (isAborted()) throw aborted(signal)
    let due = 0
    let next: PromiseWithResolvers<void> | undefined
    const tick = (): void => {
      due++
      next?.resolve()
    }
    const timer = start(tick, ms, [], true, false)
    if (!ref) timer.unref()
    const abort = (): void => {
      clear(timer)
      next?.reject(aborted(signal))
    }
    signal?.addEventListener('abort', abort, { once: true })
    try {
      while (!isAborted()) {
        if (due === 0) {
          next = Promise.withResolvers<void>()
          await next.promise
          next = undefined
        }
        for (; due > 0; due--) yield value
      }
      throw aborted(signal)
    } finally {
      clear(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  for (const target of [timers, ...realms]) patches.put(target, functions)
  patches.put(promises, { setTimeout: sleep, setInterval: interval })
  patches.put(promises.scheduler, {
    wait: (ms: number, options?: { signal?: AbortSignal }) => sleep(ms, undefined, options),
  })
}

function aborted(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

function patchClocks(time: VirtualTime, patches: Patches): void {
  patches.put(performance, { now: () => realTimers.now() + time.offset })
  const { hrtime } = process
  const bigint = hrtime.bigint.bind(hrtime)
  const ahead = (): bigint => BigInt(Math.round(time.offset * 1e6))
  const ownHrtime = Object.assign(
    (before?: [number, number]): [number, number] => {
      const nanos =
        bigint() + ahead() - (before === undefined ? 0n : BigInt(before[0]) * 1_000_000_000n + BigInt(before[1]))
      return [Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n)]
    },
    { bigint: () => bigint() + ahead() },
  )
  patches.put(process, { hrtime: ownHrtime })
}
