import type { Timers } from '@x07-lab/msg-core/kit'

/** Notices that something awaited has stopped coming, with one timer however much of it there is. */
export interface SilenceWatch {
  /** Something is awaited. */
  start(): void
  /** Something has come. */
  heard(): void
  end(): void
}

export interface Awaited {
  /** Whether anything is awaited now. */
  pending(): boolean
  /** Nothing has come for the whole time; `times` counts such times in a row. */
  silent(times: number): void
}

/** Looks taken within one timeout: silence is noticed at most a quarter too late. */
const looks = 4

export function watchSilence(timers: Timers, timeoutMs: number, awaited: Awaited): SilenceWatch {
  let cancel: (() => void) | undefined
  let heard = false
  let quietLooks = 0
  let times = 0
  let over = false
  const look = (): void => {
    cancel = undefined
    if (over || !awaited.pending()) return
    quietLooks = heard ? 0 : quietLooks + 1
    heard = false
    if (quietLooks === looks) {
      quietLooks = 0
      awaited.silent(++times)
    }
    if (awaited.pending()) cancel = timers.after(timeoutMs / looks, look)
  }
  return {
    start() {
      if (cancel !== undefined || over) return
      heard = false
      quietLooks = 0
      cancel = timers.after(timeoutMs / looks, look)
    },
    heard() {
      heard = true
      times = 0
    },
    end() {
      over = true
      cancel?.()
    },
  }
}
