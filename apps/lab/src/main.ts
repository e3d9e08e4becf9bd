import { createConsole } from './cli/console.ts'
import { parseCommandLine } from './cli/parse.ts'
import { reportError } from './cli/report-error.ts'
import { runCommand } from './cli/run-command.ts'
import { exitCodes } from './user-error.ts'

// A reader that has seen enough (`lab cassette dump … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

const console = createConsole(process.stderr, () => performance.now())

try {
  // `pnpm lab -- record` hands over the two hyphens too.
  const args = process.argv.slice(2)
  const parsed = parseCommandLine(args[0] === '--' ? args.slice(1) : args)
  if (parsed.kind === 'help') {
    process.stdout.write(`${parsed.text}\n`)
    process.exitCode = exitCodes.ok
  } else {
    process.exitCode = await runCommand(parsed, {
      console,
      stdout: process.stdout,
      cwd: process.cwd(),
      env: process.env,
    })
  }
} catch (error) {
  const { line, exitCode } = reportError(error, process.env['X07_LAB_DEBUG'] === '1')
  console.note(`lab: ${line}`)
  process.exitCode = exitCode
}
