import { exitCodes } from '../user-error.ts'
import { createConsole } from './console.ts'
import { run } from './run.ts'
import { goOnUnheard } from './stderr.ts'
import { endWhenUnwritable } from './stdout.ts'

/** The program: `program.ts` above loads it once it listens to signals. */
export async function main(): Promise<void> {
  const console = createConsole(process.stderr, () => performance.now())
  endWhenUnwritable(process.stdout, console)
  goOnUnheard(process.stderr)
  // A run that comes to no end is a fault of this program, and never looks like one that went well.
  process.exitCode = exitCodes.bug
  process.exitCode = await run(process.argv.slice(2), {
    console,
    stdout: process.stdout,
    get cwd() {
      return process.cwd()
    },
    env: process.env,
    launch: async (request) => (await import('../sandbox/launch.ts')).launchInPlace(request),
  })
}
