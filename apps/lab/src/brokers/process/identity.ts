import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

import type { Clock } from '../clock.ts'
import { errorCode } from '../error-code.ts'

/** A process that cannot be mistaken for a later one with the same number. */
export type ProcessIdentity = {
  readonly pid: number
  /** Boot id and start tick on Linux, the start date elsewhere; only ever compared for equality. */
  readonly started: string
}

const END_POLL_MS = 50

/** Whether a value read from a file has the form of an identity. Numbers 0 and 1 are never a process of ours. */
export function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return false
  return Number.isInteger(value.pid) && Number(value.pid) > 1 && typeof value.started === 'string'
}

/** Identity of a running process, or undefined when there is none with this number. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const started = process.platform === 'linux' ? await startedOnLinux(pid) : await startedByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Whether this very process still runs; a zombie does not. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.started === identity.started
}

/** Sends a signal to this very process; false when it is gone. The number alone is never trusted. */
export async function signalProcess(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  if (!(await isAlive(identity))) return false
  try {
    process.kill(identity.pid, signal)
    return true
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
    throw error
  }
}

/** Ends a process: SIGTERM, after `graceMs` SIGKILL, and returns when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number, clock: Clock): Promise<void> {
  if (!(await signalProcess(identity, 'SIGTERM'))) return
  const begin = clock.now()
  let killed = false
  while (await isAlive(identity)) {
    if (!killed && clock.now() - begin >= graceMs) {
      killed = true
      await signalProcess(identity, 'SIGKILL')
    }
    await clock.sleep(END_POLL_MS)
  }
}

/** Kills a process at once, as a power cut would, and returns when it is gone. */
export async function killProcess(identity: ProcessIdentity, clock: Clock): Promise<void> {
  await signalProcess(identity, 'SIGKILL')
  while (await isAlive(identity)) await clock.sleep(END_POLL_MS)
}

/** proc(5): after the command in parentheses come the state (0), the number of threads (17), the start tick (19). */
async function startedOnLinux(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, threads, ticks] = [fields[0], Number(fields[17]), fields[19]]
    // A container without an init leaves dead processes as zombies. Only when the last of its threads is gone has a
    // zombie let go of its ports and files.
    if (ticks === undefined || ((state === 'Z' || state === 'X') && threads <= 1)) return undefined
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    return `${boot}/${ticks}`
  } catch {
    return undefined
  }
}

async function startedByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
    const line = stdout.trim()
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim()
  } catch {
    return undefined
  }
}
