import { existsSync, readFileSync } from 'node:fs'

/** How often the kernel is asked; it keeps the peak itself, so that only the last moments can be missed. */
const pollMs = 50

/** Whether this system tells the peak memory of a process. */
export const hasPeakMemory = existsSync('/proc/self/status')

/** Watches a process and those it starts. */
export interface PeakWatch {
  /** Ends the watch; gives the peak resident memory of each process, added up, in MiB. */
  end(): number
}

export function watchPeakMemory(pid: number): PeakWatch {
  const peaks = new Map<number, number>()
  const poll = (): void => {
    for (const one of familyOf(pid)) {
      const peak = peakOf(one)
      if (peak !== undefined) peaks.set(one, peak)
    }
  }
  poll()
  const timer = setInterval(poll, pollMs)
  return {
    end() {
      clearInterval(timer)
      return peaks.values().reduce((sum, peak) => sum + peak, 0)
    },
  }
}

function familyOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.split(' ').map(Number) ?? []
  return [pid, ...children.filter((child) => child > 0).flatMap(familyOf)]
}

/** The high-water mark of a process's resident memory in MiB; undefined once it has ended. */
function peakOf(pid: number): number | undefined {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kib === undefined ? undefined : Number(kib) / 1024
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Processes end while they are looked at.
    return undefined
  }
}
