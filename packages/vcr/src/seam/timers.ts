/** The timers of Node as they were when this module was loaded, so that neither fake timers nor virtual time reach a player. */
export interface Timers {
  readonly setImmediate: (run: () => void) => unknown
  readonly setTimeout: (run: () => void, ms: number) => NodeJS.Timeout
  readonly clearTimeout: (timer: NodeJS.Timeout | undefined) => void
  readonly setInterval: (run: () => void, ms: number) => NodeJS.Timeout
  readonly clearInterval: (timer: NodeJS.Timeout | undefined) => void
  readonly now: () => number
}

const { setImmediate, setTimeout, clearTimeout, setInterval, clearInterval } = globalThis
const now = performance.now.bind(performance)

export const realTimers: Timers = { setImmediate, setTimeout, clearTimeout, setInterval, clearInterval, now }
