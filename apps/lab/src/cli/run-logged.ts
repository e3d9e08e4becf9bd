import { loggingConsole, openLogFile } from './log-file.ts'
import type { Parsed } from './parse.ts'
import type { Surroundings } from './run-command.ts'

type Command = Extract<Parsed, { kind: 'command' }>

/** Runs a command with a log: what it was asked, what it says and does, and how it ended. */
export async function runLogged(
  command: Command,
  surroundings: Surroundings,
  run: (command: Command, surroundings: Surroundings) => Promise<number>,
): Promise<number> {
  using file = openLogFile(command.options, surroundings)
  if (file === undefined) return run(command, surroundings)
  const { log, level } = file
  log.info('command started', { command: command.name, options: command.options, arguments: command.positionals })
  const began = performance.now()
  const ended = (fields: object): void =>
    log.info('command ended', { ...fields, milliseconds: Math.round(performance.now() - began) })
  try {
    const exitCode = await run(command, {
      ...surroundings,
      console: loggingConsole(surroundings.console, log),
      log: { log, level },
    })
    ended({ exit_code: exitCode })
    return exitCode
  } catch (error) {
    log.error('command failed', { error })
    ended({})
    throw error
  }
}
