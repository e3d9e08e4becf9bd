import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkOwnPath, isCi, NotAFileError } from '@x07-lab/msg-core/kit'
import { findCassette, runAction } from '@x07-lab/msg-core/run'
import {
  recordRequest,
  replayRequest,
  runModes,
  type InputRequest,
  type RecordRequest,
  type ReplayInput,
} from '../commands/request.ts'
import { outFolder } from '../results/folder.ts'
import { launch } from '../sandbox/launch.ts'
import { readSandboxPolicy, type ProfileName, type SandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { commands } from './commands.ts'
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

/** `lab record` as its mode and what is there have it. Mistakes in the options are found before anything is started. */
export async function runRecord(options: OptionValues, where: SandboxedOptions): Promise<number> {
  const request = recordRequest(options)
  const { cassette, mode } = request
  if (mode === 'off') return startRecord(options, where, request)
  const file = findCassette(where.root, cassette)
  const action = runAction(runModes[mode], file.state, where.evenInCi !== true && isCi(where.env))
  switch (action) {
    case 'replay':
      return runReplay(replayOptions(options, cassette), where)
    case 'refuse_to_replace':
      throw new UserError(
        `record: cassette ${file.name} holds a recording, and --mode ${mode} never overwrites; give another --cassette, or --mode rewrite_v1 to replace it`,
      )
    case 'refuse_in_ci':
      throw new UserError(
        'record: CI is set, and CI never records; replay the committed cassettes with pnpm replay:ci, or unset CI to record',
      )
    case 'record': {
      const code = await startRecord(options, where, request)
      syncCassette(file.path)
      return code
    }
  }
}

function startRecord(options: OptionValues, where: SandboxedOptions, request: RecordRequest): Promise<number> {
  return start('record', options, where, {
    profile: 'os_record',
    network: request.driver !== 'memory',
    out: request.out,
    input: request.input,
  })
}

/** Those options of `lab record` that say something to a replay too. */
function replayOptions(options: OptionValues, cassette: string): OptionValues {
  const shared = Object.entries(options).filter(([name]) => Object.hasOwn(commands.replay.options, name))
  return { ...Object.fromEntries(shared), cassette: [cassette] }
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
    readonly input: InputRequest | ReplayInput | undefined
  },
): Promise<number> {
  const { root, cassetteRoot = root } = where
  const { profile, network, out, input } = needs
  const policy = await readSandboxPolicy(root, profile)
  for (const folder of policy.writeRoots) refuseLinks(cassetteRoot, folder, policy)
  // The sandboxed child may write into the folder, but not make those above it.
  const outs = out === undefined ? [] : [outFolder(cassetteRoot, out, policy)]
  const file = input?.kind === 'file' && input.path !== '-' ? [resolve(input.path)] : []
  return launch({
    root,
    cassetteRoot,
    profile,
    policy,
    args: [name, ...argumentsOf(options)],
    extraReads: cassetteRoot === root ? file : [...file, cassetteRoot],
    extraWrites: outs,
    network,
    results: where.results ?? 'stdout',
  })
}

/** A folder that may be written to is the project's own: a link in its place, which a repository can carry, leads anywhere. */
function refuseLinks(root: string, folder: string, { file }: SandboxPolicy): void {
  try {
    checkOwnPath(root, resolve(root, folder))
  } catch (cause) {
    if (!(cause instanceof NotAFileError)) throw cause
    throw new UserError(
      `write to ${folder}: ${cause.message}, and ${file} lets runs write there; put the folder itself there`,
      exitCodes.environment,
      {
        cause,
      },
    )
  }
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
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
