import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'
import { checkOwnPath, whyFailed } from '@x07-lab/msg-core/kit'
import { secretsOf } from '@x07-lab/msg-core/redact'
import { createLog, type Log, type LogLevel } from '@x07-lab/obs'
import { exitCodes, UserError } from '../user-error.ts'
import type { Console } from './console.ts'
import type { OptionValues } from '@x07-lab/msg-core/command-line'
import { text } from './values.ts'

/** The log of a command, in a file. */
export interface LogFile extends Disposable {
  readonly log: Log
  /** The least level that is written. */
  readonly level: LogLevel
}

/**
 * Opens the file of `--log`, to which lines are added, each with its time. Secrets of the environment never reach it.
 *
 * @returns undefined where no log is asked for
 * @throws UserError where the file cannot be written
 */
export function openLogFile(
  options: OptionValues,
  {
    cwd,
    env,
    console,
  }: {
    readonly cwd: string
    readonly env: Readonly<Record<string, string | undefined>>
    readonly console: Console
  },
): LogFile | undefined {
  const file = options['log']
  if (typeof file !== 'string') return undefined
  if (file === '') throw new UserError('--log "": give a file')
  const level = text(options, 'log-level', 'info') as LogLevel
  const format = text(options, 'log-format', /\.(?:json|jsonl|ndjson)$/.test(file) ? 'json' : 'text') as 'text' | 'json'
  const descriptor = open(cwd, file)
  let isWritable = true
  const sink = (line: string): void => {
    if (!isWritable) return
    try {
      writeSync(descriptor, `${line}\n`)
    } catch (error) {
      // The run is worth more than its log.
      isWritable = false
      console.note(`--log ${file}: ${whyFailed(error)}; nothing more is logged`)
    }
  }
  return {
    log: createLog({ sink, clock: () => new Date(), level, format, secrets: secretsOf(env).values() }),
    level,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

/**
 * A pipe that somebody reads, or a terminal, is as good as a file here: a person named it. Below the folder that the command runs in a
 * link is not followed, which a commit may have put there.
 */
function open(cwd: string, name: string): number {
  const path = resolve(cwd, name)
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND
  try {
    const below = relative(cwd, path)
    if (below !== '' && !below.startsWith('..') && !isAbsolute(below)) checkOwnPath(cwd, path)
    // Without a wait first, which fails where nothing reads a pipe; then one that waits for the reader as long as it takes.
    const probe = openSync(path, flags | constants.O_NONBLOCK, 0o644)
    try {
      return openSync(path, flags)
    } finally {
      closeSync(probe)
    }
  } catch (cause) {
    throw new UserError(`--log ${name}: ${whyFailed(cause)}; give a file that can be written`, exitCodes.environment, {
      cause,
    })
  }
}

/** A console whose lines are in the log too. */
export function loggingConsole(console: Console, log: Log): Console {
  return {
    ...console,
    note(line) {
      log.info(line)
      console.note(line)
    },
    passing(line) {
      log.warn(line)
      console.passing(line)
    },
  }
}
