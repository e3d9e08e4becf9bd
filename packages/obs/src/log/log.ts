import { type Plain, plainField } from './plain.ts'
import { createRedact } from './redact.ts'

/** How much a line matters, least first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

/** What is known beside the message; a member that is `undefined` is left out. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where a program says what it does, for people and for machines that read its lines. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds these fields to each line; a line's own field of the same name wins. */
  child(fields: LogFields): Log
}

/** How {@link createLog} makes a log. */
export interface LogOptions {
  /** Takes one line, without a line feed at its end. */
  readonly sink: (line: string) => void
  /** The time of a line; a log without a clock has no times, as a run that must repeat itself byte by byte wants it. */
  readonly clock?: () => Date
  /** The least level that is written, `info` by default. */
  readonly level?: LogLevel
  /** `text` (default) for people, `json` for one JSON object a line with `time`, `level`, `message`, `fields`. */
  readonly format?: 'text' | 'json'
  /** Values that never reach the sink, in whichever field or text they occur. */
  readonly secrets?: Iterable<string>
}

/**
 * Makes a log. A line stays one line and carries no control characters, whatever the texts hold. Bytes are shown by their
 * number, errors without stack; the secrets are replaced by `[redacted]`.
 */
export function createLog(options: LogOptions): Log {
  const { sink, clock, level: least = 'info', format = 'text', secrets = [] } = options
  const redact = createRedact(secrets)
  const first = logLevels.indexOf(least)
  const logWith = (inherited: LogFields): Log => {
    const write = (level: LogLevel, message: string, own: LogFields = {}): void => {
      if (logLevels.indexOf(level) < first) return
      const members = Object.entries({ ...inherited, ...own }).filter(([, value]) => value !== undefined)
      const fields = members.map(([name, value]): [string, Plain] => [redact(name), plainField(value, redact)])
      const line = { time: clock?.().toISOString(), level, message: redact(message), fields }
      sink(oneLine(format === 'json' ? jsonLine(line) : textLine(line)))
    }
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
      child: (fields) => logWith({ ...inherited, ...fields }),
    }
  }
  return logWith({})
}

interface Line {
  readonly time: string | undefined
  readonly level: LogLevel
  readonly message: string
  readonly fields: readonly [string, Plain][]
}

function jsonLine({ time, level, message, fields }: Line): string {
  const object = { time, level, message, ...(fields.length > 0 && { fields: Object.fromEntries(fields) }) }
  return JSON.stringify(object)
}

function textLine({ time, level, message, fields }: Line): string {
  const pairs = fields.map(([name, value]) => `${name}=${bare(value) ?? JSON.stringify(value)}`)
  return [time, level, message, ...pairs].filter((part) => part !== undefined).join(' ')
}

/** A text that needs no quotes to be told from its neighbours. */
function bare(value: Plain): string | undefined {
  return typeof value === 'string' && /^[^\s"=\\]+$/.test(value) ? value : undefined
}

/** Control characters end lines and steer terminals; DEL, C1 and the two Unicode line ends do what JSON leaves as it is. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
