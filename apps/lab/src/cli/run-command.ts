import { realpathSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { canonicalJson } from '@x07-lab/msg-core'
import { systemDeps, type BrokerDeps } from '../brokers/index.ts'
import { brokers, type BrokersAction } from '../commands/brokers.ts'
import { diff } from '../commands/cassette/diff.ts'
import { dump } from '../commands/cassette/dump.ts'
import { ls } from '../commands/cassette/ls.ts'
import { repair } from '../commands/cassette/repair.ts'
import { roundtrip } from '../commands/cassette/roundtrip.ts'
import { show } from '../commands/cassette/show.ts'
import { verify } from '../commands/cassette/verify.ts'
import { demo } from '../commands/demo.ts'
import { runFixtureTests } from '../commands/fixture-tests.ts'
import type { CommandResult } from '../commands/result.ts'
import { findRoot, programRoot } from '../root.ts'
import { exitCodes } from '../user-error.ts'
import type { Console } from './console.ts'
import type { Parsed } from './parse.ts'
import { runRecord, runReplay } from './run-sandboxed.ts'
import { text } from './values.ts'

type Command = Extract<Parsed, { kind: 'command' }>

/** What running a command takes from outside. */
export interface Surroundings {
  readonly console: Console
  readonly stdout: Writable
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Runs a command and gives its exit code. */
export async function runCommand(command: Command, surroundings: Surroundings): Promise<number> {
  const { console, stdout, cwd, env } = surroundings
  const root = findRoot(realpathSync(cwd))
  const { options, positionals } = command
  const [file = ''] = positionals
  const print = ({ document, lines, exitCode }: CommandResult): number => {
    stdout.write(options['json'] === true ? `${canonicalJson(document)}\n` : `${lines.join('\n')}\n`)
    return exitCode
  }
  switch (command.name) {
    case 'record':
      return runRecord(options, { root, env })
    case 'replay':
      return runReplay(options, { root, env })
    case 'demo': {
      const nested = { root, env, results: 'stderr', evenInCi: true } as const
      return print(
        await demo({
          root,
          deps: brokerDeps(surroundings),
          console,
          record: (more) => runRecord(more, nested),
          replay: (more) => runReplay(more, nested),
        }),
      )
    }
    case 'test':
      return print(await runFixtureTests(text(options, 'manifest', 'tests/tests.json'), { root, env }))
    case 'cassette ls':
      return print(ls(root))
    case 'cassette show':
      return print(show(root, file))
    case 'cassette dump':
      await dump(root, file, stdout)
      return exitCodes.ok
    case 'cassette roundtrip':
      return print(roundtrip(root, positionals))
    case 'cassette verify':
      return print(verify(root, positionals))
    case 'cassette diff':
      return print(diff(root, positionals))
    case 'cassette repair':
      return print(repair(root, file))
    case 'brokers up':
    case 'brokers down':
    case 'brokers status': {
      const action = command.name.slice('brokers '.length) as BrokersAction
      return print(await brokers(action, positionals[0], brokerDeps(surroundings)))
    }
  }
}

function brokerDeps({ env, console }: Surroundings): BrokerDeps {
  return systemDeps({ env, repo: programRoot, progress: (line) => console.note(line) })
}
