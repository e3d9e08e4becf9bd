import { closeSync, existsSync, fsyncSync, openSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core'
import { recordRequest, replayRequest, type InputRequest } from '../commands/request.ts'
import { findRoot } from '../root.ts'
import { launch } from '../sandbox/launch.ts'
import { readSandboxPolicy, type ProfileName } from '../sandbox/policy.ts'
import { UserError } from '../user-error.ts'
import type { Console } from './console.ts'
import type { Parsed } from './parse.ts'

type Command = Extract<Parsed, { kind: 'command' }>

/** Runs a command and gives its exit code. */
export async function runCommand(command: Command, console: Console): Promise<number> {
  const root = findRoot(realpathSync(process.cwd()))
  switch (command.name) {
    case 'record':
      return runRecord(command, root)
    case 'replay':
      return runReplay(command, root)
    default:
      console.note(`lab: ${command.name} comes later`)
      return 70
  }
}

async function runRecord(command: Command, root: string): Promise<number> {
  const request = recordRequest(command.options)
  if (request.mode === 'replay_v1') return runReplay({ ...command, name: 'replay' }, root)
  const ci = process.env['CI']
  if (ci !== undefined && ci !== '' && ci !== 'false' && request.mode !== 'off') {
    throw new UserError(
      'record: CI is set, and CI never records; replay the committed cassettes with pnpm replay:ci, or unset CI to record',
    )
  }
  const code = await sandboxed(command, root, 'os_record', request.driver !== 'memory', request.out, request.input)
  if (request.mode !== 'off') syncCassette(join(root, CASSETTE_FOLDER, request.cassette))
  return code
}

/** The sandboxed child cannot: fsync is closed under the permission model. What was recorded must survive a power cut. */
function syncCassette(path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}

async function runReplay(command: Command, root: string): Promise<number> {
  const request = replayRequest(command.options)
  return sandboxed(command, root, request.profile, false, request.out, request.input)
}

async function sandboxed(
  command: Command,
  root: string,
  profile: ProfileName,
  network: boolean,
  out: string | undefined,
  input: InputRequest | undefined,
): Promise<number> {
  return launch({
    root,
    profile,
    policy: await readSandboxPolicy(root, profile),
    args: [command.name, ...argumentsOf(command)],
    extraReads: input?.kind === 'file' && input.path !== '-' ? [resolve(input.path)] : [],
    extraWrites: out === undefined ? [] : [resolve(out)],
    network,
  })
}

/** The options as they were given, for the sandboxed child to read again. */
function argumentsOf({ options, positionals }: Command): string[] {
  const args = Object.entries(options).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`]
    const values = Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : []
    return values.map((one) => `--${name}=${one}`)
  })
  return [...args, ...positionals]
}
