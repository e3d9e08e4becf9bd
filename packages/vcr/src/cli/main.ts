import { readFileSync } from 'node:fs'

import { parseCommand } from './parse.ts'
import { proxyCommand } from '../loopback/proxy.ts'
import { serveCommand } from '../loopback/serve.ts'
import { say } from '../report/say.ts'
import { runCommand } from './run-command.ts'

/** The `vcr` command; gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommand(args, process.cwd(), process.stdout.columns)
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(`${parsed.text}\n`)
      return 0
    case 'version':
      process.stdout.write(`${versionLine()}\n`)
      return 0
    case 'wrong':
      for (const problem of parsed.problems) say(problem)
      return 2
    case 'run':
      return runCommand(parsed.request)
    case 'serve':
      return serveCommand(parsed.request)
    case 'proxy':
      return proxyCommand(parsed.request)
  }
}

function versionLine(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return `vcr ${version}, Node ${process.version.slice(1)}`
}
