import { createConsole } from './console.ts'
import { parseCommandLine } from './parse.ts'
import { goOnUnheard } from './stderr.ts'
import { endWhenUnwritable } from './stdout.ts'
import { exitCodes } from '../user-error.ts'

// The program: `main.ts` above loads it once it listens to signals.
const console = createConsole(process.stderr, () => performance.now())
endWhenUnwritable(process.stdout, console)
goOnUnheard(process.stderr)

try {
  // `pnpm lab -- record` hands over the two hyphens too.
  const args = process.argv.slice(2)
  const parsed = parseCommandLine(args[0] === '--' ? args.slice(1) : args)
  if (parsed.kind === 'help') {
    process.stdout.write(`${parsed.text}\n`)
    process.exitCode = exitCodes.ok
  } else {
    // Help and mistakes in the command line come at once; the rest is loaded when there is something to run.
    const { runCommand } = await import('./run-command.ts')
    process.exitCode = await runCommand(parsed, {
      console,
      stdout: process.stdout,
      cwd: process.cwd(),
      env: process.env,
    })
  }
} catch (error) {
  const { reportError } = await import('./report-error.ts')
  const { line, exitCode } = reportError(error, { debug: process.env['X07_LAB_DEBUG'] === '1' })
  for (const one of `lab: ${line}`.split('\n')) console.note(one)
  process.exitCode = exitCode
}
