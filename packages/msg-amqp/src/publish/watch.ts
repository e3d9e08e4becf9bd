import type { Timers } from '../timers.ts'

/** Notices that confirms have stopped, with one timer however many messages are open. */
export interface Watch {
  /** A message is open. */
  start(): void
  /** A confirm has come. */
  progress(): void
  end(): void
}

export interface Watched {
  /** Whether a message is open. */
  pending(): boolean
  /** Nothing was confirmed for the whole time; `times` counts such times in a row. */
  stalled(times: number): void
}

export function watchConfirms(timers: Timers, timeoutMs: number, watched: Watched): Watch {
  let cancel: (() => void) | undefined
  let confirmed = 0
  let stalls = 0
  let over = false
  const arm = (): void => {
    const seen = confirmed
    cancel = timers.after(timeoutMs, () => {
      cancel = undefined
      if (over || !watched.pending()) return
      if (confirmed === seen) watched.stalled(++stalls)
      if (watched.pending()) arm()
    })
  }
  return {
    start() {
      if (cancel === undefined && !over) arm()
    },
    progress() {
      confirmed++
      stalls = 0
    },
    end() {
      over = true
      cancel?.()
    },
  }
}
