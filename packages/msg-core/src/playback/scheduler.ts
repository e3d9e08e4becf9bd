/** A timer that was started; `unref` lets the process end although it runs. */
export interface Timer {
  ref(): unknown
  unref(): unknown
}

/** Time and turns of the event loop, as arguments: tests give their own. */
export interface Scheduler {
  /** Monotonic time in milliseconds. */
  now(): number
  /** Runs the callback after the events that are at hand. */
  turn(callback: () => void): void
  after(ms: number, callback: () => void): Timer
  cancel(timer: Timer): void
}

// Taken when this module loads: test runners replace the globals by timers that never fire, which must not stop a replay.
const { setTimeout, clearTimeout, setImmediate, performance } = globalThis
const now = performance.now.bind(performance)

/** Node's own clock and timers, as they were when this module was loaded. */
export const nodeScheduler: Scheduler = {
  now,
  turn: (callback) => void setImmediate(callback),
  after: (ms, callback) => setTimeout(callback, ms),
  cancel: (timer) => clearTimeout(timer as NodeJS.Timeout),
}
