import { parseCommandLine as parse, type CommandLine } from '@x07-lab/msg-core/command-line'
import { UserError } from '../user-error.ts'
import { commands, generalOptions, type CommandName } from './commands.ts'

/** What a command line asks for. */
export type Parsed = Exclude<CommandLine<CommandName>, { kind: 'wrong' }>

/**
 * Reads a command line of the lab.
 *
 * @param columns of the terminal, for the help
 * @throws UserError one line for all mistakes
 */
export function parseCommandLine(args: readonly string[], columns?: number): Parsed {
  const parsed = parse({ call: 'pnpm lab', commands, general: generalOptions }, args, columns)
  if (parsed.kind === 'wrong') throw new UserError(parsed.problem)
  return parsed
}
