import { isCi } from '@x07-lab/msg-core/kit'
import { systemReason } from '../x07/files/system-reason.ts'
import { runCommand, type CommandIo } from './run.ts'

/** Runs the command line of this process; what this build found is kept in the files that are given. */
export async function main(kept: Pick<CommandIo, 'parsedFile' | 'passedFile'> = {}): Promise<void> {
  // A reader that has seen enough (`arch:check | head`) is no failure: the exit code stays that of the check.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`arch:check: write to standard output: ${systemReason(error).reason}\n`)
    process.exitCode = 2
  })

  process.exitCode = await runCommand(process.argv.slice(2), {
    cwd: process.cwd(),
    ci: isCi(process.env),
    terminal: process.stdout.isTTY,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    ...kept,
  })
}
