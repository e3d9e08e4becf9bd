import { exitCodes } from '../user-error.ts'
import { parseCommandLine } from './parse.ts'
import type { Surroundings } from './run-command.ts'

/** Runs a command line and gives its exit code; a failure is said in one line. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { console, stdout, env } = surroundings
  try {
    // `pnpm lab -- record` hands over the two hyphens too.
    const parsed = parseCommandLine(args[0] === '--' ? args.slice(1) : args, stdout.columns)
    if (parsed.kind === 'help') {
      stdout.write(`${parsed.text}\n`)
      return exitCodes.ok
    }
    if (parsed.kind === 'version') {
      const { versionLine } = await import('./version.ts')
      stdout.write(`${versionLine()}\n`)
      return exitCodes.ok
    }
    // Help and mistakes in the command line come at once; the rest is loaded when there is something to run.
    const { runCommand } = await import('./run-command.ts')
    if (parsed.options['log'] === undefined) return await runCommand(parsed, surroundings)
    const { runLogged } = await import('./run-logged.ts')
    return await runLogged(parsed, surroundings, runCommand)
  } catch (error) {
    const { sayError } = await import('./report-error.ts')
    return sayError(error, console, { debug: env['X07_LAB_DEBUG'] === '1' })
  }
}
