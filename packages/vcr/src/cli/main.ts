import { oneLine } from '@x07-lab/msg-core/kit'

import { parseCommand, usage } from './parse.ts'
import { proxyCommand } from '../loopback/proxy.ts'
import { serveCommand } from '../loopback/serve.ts'
import { runCommand } from './run-command.ts'

/** The `vcr` command; gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommand(args, process.cwd())
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(`${usage}\n`)
      return 0
    case 'wrong':
      process.stderr.write(`${parsed.problems.map((problem) => `vcr: ${oneLine(problem)}`).join('\n')}\n\n${usage}\n`)
      return 2
    case 'run':
      return runCommand(parsed.request)
    case 'serve':
      return serveCommand(parsed.request)
    case 'proxy':
      return proxyCommand(parsed.request)
  }
}
