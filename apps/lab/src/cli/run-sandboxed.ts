import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { laterParts } from '@x07-lab/msg-core/format'
import { checkOwnPath, isCi, NotAFileError } from '@x07-lab/msg-core/kit'
import { findCassette, nearCassettes, runAction, runModes } from '@x07-lab/msg-core/run'
import { replayOf, type RecordRequest, type ReplayRequest } from '../commands/request.ts'
import { outFolder } from '../results/folder.ts'
import type { MetricsServer } from '../live/server.ts'
import type { LaunchRequest } from '../sandbox/launch.ts'
import { readSandboxPolicy, type SandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { bytesOf } from '../shards/shard.ts'
import { largeBytes } from '../threads/large.ts'
import type { SandboxedRequest } from './run-inside.ts'

/** Where a sandboxed command works, and where its results go. */
export interface SandboxedOptions {
  readonly root: string
  /** The folder whose `.x07_rr/` holds the cassettes; default `root`. */
  readonly cassetteRoot?: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs it in a process of its own: {@link launch}. */
  readonly launch: (request: LaunchRequest) => Promise<number>
  readonly results?: 'stdout' | 'stderr'
  readonly log?: LaunchRequest['log']
  /** A line for people. */
  readonly note?: (line: string) => void
  /** Lets a recording happen where CI is set: only the demo's, whose cassette is not for committing. */
  readonly evenInCi?: boolean
}

/** `lab record` as its mode and what is there have it. */
export async function runRecord(request: RecordRequest, where: SandboxedOptions): Promise<number> {
  const { cassette, mode } = request
  const recording = { name: 'record', request } as const
  if (mode === 'off') return startServed(recording, where)
  const file = findCassette(where.root, cassette)
  const action = runAction(runModes[mode], file.state, where.evenInCi !== true && isCi(where.env))
  switch (action) {
    case 'replay':
      return runReplay(replayOf(request), where)
    case 'refuse_to_replace':
      throw new UserError(
        `record: cassette ${file.name} holds a recording, and --mode ${mode} never overwrites; give another --cassette, or --mode rewrite_v1 to replace it`,
      )
    case 'refuse_in_ci':
      throw new UserError(
        'record: CI is set, and CI never records; replay the committed cassettes with pnpm replay:ci, or unset CI to record',
      )
    case 'record_missing':
    case 'record': {
      // A run that is told nothing of its events does what was recorded: nothing can be missing.
      if (action === 'record_missing' && request.replayInput === undefined) return runReplay(replayOf(request), where)
      const code = await startServed(recording, where)
      for (const path of [...laterParts(file.path), file.path]) syncCassette(path)
      return code
    }
  }
}

/** `lab replay` under the profile it names: no network. */
export async function runReplay(request: ReplayRequest, where: SandboxedOptions): Promise<number> {
  const { root, cassetteRoot = root } = where
  for (const given of request.cassettes) {
    const { name, state } = findCassette(cassetteRoot, given)
    if (state !== 'absent') continue
    const remedy = nearCassettes(cassetteRoot, given)
    // Without one the replay itself says what is missing.
    if (remedy !== undefined) {
      throw new UserError(`open cassette "${name}": there is no such file; ${remedy}`, exitCodes.environment)
    }
  }
  return start({ name: 'replay', request }, where)
}

async function startServed(
  recording: Extract<SandboxedRequest['command'], { name: 'record' }>,
  where: SandboxedOptions,
): Promise<number> {
  const { metrics } = recording.request
  if (metrics === undefined) return start(recording, where)
  const { serveMetrics } = await import('../live/server.ts')
  await using server = await serveMetrics(metrics)
  where.note?.(`metrics   ${server.url}`)
  const code = await start(recording, where, server)
  await server.lastScraped()
  return code
}

async function start(
  command: SandboxedRequest['command'],
  where: SandboxedOptions,
  metrics?: MetricsServer,
): Promise<number> {
  const { root, cassetteRoot = root, cwd } = where
  const { request } = command
  const profile = command.name === 'record' ? 'os_record' : command.request.profile
  const network = command.name === 'record' && command.request.driver !== 'memory'
  const policy = await readSandboxPolicy(root, profile)
  for (const folder of policy.writeRoots) refuseLinks(cassetteRoot, folder, policy)
  // The sandboxed child may write into the folder, but not make those above it.
  const out = request.out === undefined ? undefined : outFolder(cassetteRoot, request.out, policy, cwd)
  const input =
    request.input?.kind === 'file' && request.input.path !== '-' ? resolve(cwd, request.input.path) : undefined
  const absolute = input === undefined ? {} : { input: { ...request.input, path: input } }
  return where.launch({
    request: {
      root,
      cassetteRoot,
      cwd,
      profile,
      out: out ?? join(root, 'out', profile),
      ...(where.log === undefined ? {} : { logLevel: where.log.level }),
      command: { ...command, request: { ...request, ...absolute } } as SandboxedRequest['command'],
    },
    policy,
    extraReads: [...(input === undefined ? [] : [input]), ...(cassetteRoot === root ? [] : [cassetteRoot])],
    extraWrites: out === undefined ? [] : [out],
    network,
    thread: command.name === 'replay' && policy.threads > 0 && (await isWorthThread(command.request, cassetteRoot)),
    ...(metrics === undefined ? {} : { metrics }),
    ...(where.log === undefined ? {} : { log: where.log }),
    results: where.results ?? 'stdout',
  })
}

/** A small recording is replayed before a thread has started, and one processor does not go faster with two. */
async function isWorthThread({ cassettes }: ReplayRequest, root: string): Promise<boolean> {
  if (availableParallelism() < 2) return false
  // The committed ones, in CI: those of other shards are among them, which costs a shard of small ones the start of a thread.
  const names = cassettes.length > 0 ? cassettes : await (await import('../commands/committed.ts')).pinnedNames(root)
  return names.some((name) => bytesOf(findCassette(root, name).path) >= largeBytes)
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
