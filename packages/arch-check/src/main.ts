import { runCommand } from './cli/run.ts'

const { CI } = process.env
process.exitCode = await runCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  ci: CI !== undefined && CI !== '' && CI !== 'false' && CI !== '0',
  terminal: process.stdout.isTTY,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
