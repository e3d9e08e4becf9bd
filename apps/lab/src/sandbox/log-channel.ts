import type { ChildProcess } from 'node:child_process'
import type { Log, LogFields, LogLevel } from '@x07-lab/obs'

// The sandboxed process writes no log: where it goes is no business of the policy. It tells the process that started it.

/** Least first; obs has them too, and is not loaded for them by every command. */
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

interface Told {
  readonly log: readonly [level: LogLevel, message: string, fields: LogFields]
}

/** The sandboxed side: a log whose lines the other side writes. */
export function tellLog(level: LogLevel, inherited: LogFields = {}): Log {
  const first = levels.indexOf(level)
  const tell = (of: LogLevel, message: string, fields: LogFields = {}): void => {
    if (levels.indexOf(of) < first || !process.connected) return
    process.send?.({ log: [of, message, { ...inherited, ...fields }] } satisfies Told, () => {})
  }
  return {
    debug: (message, fields) => tell('debug', message, fields),
    info: (message, fields) => tell('info', message, fields),
    warn: (message, fields) => tell('warn', message, fields),
    error: (message, fields) => tell('error', message, fields),
    child: (fields) => tellLog(level, { ...inherited, ...fields }),
  }
}

/** The side that started it: writes what is told. */
export function writeTold(child: ChildProcess, log: Log): void {
  child.on('message', (message) => {
    const { log: told } = message as Partial<Told>
    if (told === undefined) return
    const [level, text, fields] = told
    if (levels.includes(level)) log[level](text, fields)
  })
}
