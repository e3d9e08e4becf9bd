import { isCi } from '@x07-lab/msg-core'
import { runCommand } from './cli/run.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  ci: isCi(process.env),
  terminal: process.stdout.isTTY,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
})
