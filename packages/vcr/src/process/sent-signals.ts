import childProcess from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Leaves a note for each process that this one sends a signal: its replay will be sent it again, by the replay of this one.
 * A process that has heard a signal itself passes on what somebody outside of the run has sent, and leaves none.
 *
 * @param hasHeard whether this process has heard a signal
 */
export function noteSentSignals(runFolder: string, hasHeard: () => boolean): void {
  const note = (pid: unknown, signal: unknown): void => {
    if (typeof pid !== 'number' || pid <= 0 || pid === process.pid || typeof signal !== 'string' || hasHeard()) return
    try {
      writeFileSync(noteOf(runFolder, pid, signal), '')
    } catch (error) {
      // The run is over, and its folder is gone.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  type Send = (this: { readonly pid?: unknown }, ...args: unknown[]) => unknown
  const child = childProcess.ChildProcess.prototype as unknown as { kill: Send }
  const { kill } = child
  child.kill = function (...args) {
    const [signal = 'SIGTERM'] = args
    note(this.pid, signal)
    return kill.apply(this, args)
  }
  const own = process as unknown as { kill: Send }
  const { kill: killAny } = own
  own.kill = function (...args) {
    const [pid, signal = 'SIGTERM'] = args
    note(pid, signal)
    return killAny.apply(this, args)
  }
}

/** Whether a process of the run has sent this one the signal that it hears; the note is used up. */
export function takeSentSignal(runFolder: string, signal: string): boolean {
  try {
    rmSync(noteOf(runFolder, process.pid, signal))
    return true
  } catch {
    return false
  }
}

function noteOf(runFolder: string, pid: number, signal: string): string {
  return join(runFolder, `signal-${pid}-${signal}`)
}
