import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core'
import { recordRequest, replayRequest, type InputRequest } from '../commands/request.ts'
import { launch } from '../sandbox/launch.ts'
import { readSandboxPolicy, type ProfileName } from '../sandbox/policy.ts'
import { UserError } from '../user-error.ts'
import type { OptionValues } from './parse.ts'

/** Where a sandboxed command works, and where its results go. */
export interface SandboxedOptions {
  readonly root: string
  /** The folder whose `.x07_rr/` holds the cassettes; default `root`. */
  readonly cassetteRoot?: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly results?: 'stdout' | 'stderr'
  /** Lets a recording happen where CI is set: only the demo's, whose cassette is not for committing. */
  readonly evenInCi?: boolean
}

/** `lab record` under the profile `os_record`. Mistakes in the options are found before anything is started. */
export async function runRecord(options: OptionValues, where: SandboxedOptions): Promise<number> {
  const request = recordRequest(options)
  if (request.mode === 'replay_v1') return runReplay({ ...options, cassette: [request.cassette] }, where)
  if (request.mode !== 'off' && where.evenInCi !== true && isSet(where.env['CI'])) {
    throw new UserError(
      'record: CI is set, and CI never records; replay the committed cassettes with pnpm replay:ci, or unset CI to record',
    )
  }
  const network = request.driver !== 'memory'
  const code = await start('record', options, where, {
    profile: 'os_record',
    network,
    out: request.out,
    input: request.input,
  })
  if (request.mode !== 'off') syncCassette(join(where.root, CASSETTE_FOLDER, request.cassette))
  return code
}

/** `lab replay` under the profile it names: no network. */
export async function runReplay(options: OptionValues, where: SandboxedOptions): Promise<number> {
  const { profile, out, input } = replayRequest(options)
  return start('replay', options, where, { profile, network: false, out, input })
}

async function start(
  name: 'record' | 'replay',
  options: OptionValues,
  where: SandboxedOptions,
  needs: {
    readonly profile: ProfileName
    readonly network: boolean
    readonly out: string | undefined
    readonly input: InputRequest | undefined
  },
): Promise<number> {
  const { root, cassetteRoot = root } = where
  const { profile, network, out, input } = needs
  const file = input?.kind === 'file' && input.path !== '-' ? [resolve(input.path)] : []
  return launch({
    root,
    cassetteRoot,
    profile,
    policy: await readSandboxPolicy(root, profile),
    args: [name, ...argumentsOf(options)],
    extraReads: cassetteRoot === root ? file : [...file, cassetteRoot],
    extraWrites: out === undefined ? [] : [resolve(out)],
    network,
    results: where.results ?? 'stdout',
  })
}

/** The options as they were given, for the sandboxed child to read again. */
function argumentsOf(options: OptionValues): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === true) return [`--${name}`]
    const values = Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : []
    return values.map((one) => `--${name}=${one}`)
  })
}

/** The sandboxed child cannot: fsync is closed under the permission model. What was recorded must survive a power cut. */
function syncCassette(path: string): void {
  if (!existsSync(path)) return
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
