import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { canonicalJson } from '@x07-lab/msg-core/format'
import type { SecretFinding } from '@x07-lab/msg-core/redact'
import { findCassette } from '@x07-lab/msg-core/run'
import { committedCassettes } from '../commands/committed.ts'
import type { ReplayOutcome } from '../commands/replay.ts'
import type { RecordRequest, ReplayRequest } from '../commands/request.ts'
import type { FaultVerdict } from '../faults/verdict.ts'
import type { BesideThread } from '../threads/checks.ts'
import { removeShardReport, shardReport, writeShardReport } from '../shards/report.ts'
import { bytesOf, shareOut, type Shard } from '../shards/shard.ts'
import { profiles, readSandboxPolicy, type ProfileName, type SandboxPolicy } from '../sandbox/policy.ts'
import type { Log, LogLevel, Metrics } from '@x07-lab/obs'
import { exitCodes, type ExitCode } from '../user-error.ts'
import type { Console } from './console.ts'
import { renderRecord, renderReplay } from './render.ts'
import { sayError } from './report-error.ts'
import { printJson, printLines } from './stdout.ts'

/** What is handed to a sandboxed process, as JSON: everything is checked, every path is absolute. */
export interface SandboxedRequest {
  /** Holds the contracts. */
  readonly root: string
  /** Holds `.x07_rr/`. */
  readonly cassetteRoot: string
  /** The folder that paths are shown relative to. */
  readonly cwd: string
  readonly profile: ProfileName
  /** The folder for results. */
  readonly out: string
  /** It runs in the place of the process that was started: there is none that it answers to. */
  readonly isAlone?: boolean
  /** Size of the recordings, in bytes, from which on a thread checks their replay, where there is one; default that of large ones. */
  readonly threadFrom?: number
  /** The least level that is logged; nothing is where it is left out. */
  readonly logLevel?: LogLevel
  readonly command:
    | { readonly name: 'record'; readonly request: RecordRequest }
    | { readonly name: 'replay'; readonly request: ReplayRequest }
}

/** What a run takes from the process that it is in. */
export interface Inside {
  /** Opened only where it is read. */
  readonly stdin: () => Readable
  readonly stdout: Writable
  readonly console: Console
  readonly env: Readonly<Record<string, string | undefined>>
  /** Asks it to stop in order. */
  readonly signal: AbortSignal
  readonly log?: Log
  /** Everything is loaded, and the run begins. */
  readonly loaded?: () => void
  /** Shows the metrics of a recording while it runs. */
  readonly serve?: (metrics: Metrics) => () => Promise<void>
  /** Holds this process to the policy's addresses; gives those that were dialled. */
  readonly guard?: (policy: SandboxPolicy) => () => string[]
  /** Checks the replays of large recordings. */
  readonly beside?: BesideThread
  /** Looks through a recording for secrets, where this process is not shown those of the environment. */
  readonly scan?: (partial: string) => Promise<readonly SecretFinding[]>
}

/** Records or replays as asked for, and gives the exit code; a failure is said in one line. */
export async function runInside(sandboxed: SandboxedRequest, inside: Inside): Promise<ExitCode> {
  try {
    const { command } = sandboxed
    return command.name === 'record'
      ? await runRecording(command.request, sandboxed, inside)
      : await runReplays(command.request, sandboxed, inside)
  } catch (error) {
    const { policy } = profiles[sandboxed.profile]
    inside.log?.error('run failed', { error })
    return sayError(error, inside.console, { debug: inside.env['X07_LAB_DEBUG'] === '1', policyFile: policy })
  }
}

async function runRecording(
  request: RecordRequest,
  { root, out, cwd, profile }: SandboxedRequest,
  inside: Inside,
): Promise<ExitCode> {
  const policy = await readSandboxPolicy(root, profile)
  const dialled = inside.guard?.(policy)
  const { record } = await import('../commands/record.ts')
  inside.loaded?.()
  const outcome = await record(request, {
    root,
    policy,
    out,
    ...inside,
    ...(dialled === undefined ? {} : { dialled }),
  })
  await print(inside.stdout, request.json, outcome, renderRecord(outcome, cwd))
  return outcome.delivery.ok ? exitCodes.ok : exitCodes.mismatch
}

async function runReplays(
  request: ReplayRequest,
  { root, cassetteRoot, out: base, cwd }: SandboxedRequest,
  inside: Inside,
): Promise<ExitCode> {
  const { replayOne } = await import('../commands/replay.ts')
  inside.loaded?.()
  if (request.faults !== undefined) {
    const { judge, renderVerdicts } = await import('../faults/verdict.ts')
    const verdicts: FaultVerdict[] = []
    for (const derived of request.faults) {
      const out = join(base, derived.cassette.replace(/\.rrbin$/, ''))
      verdicts.push(judge(derived, await replayOne(derived.cassette, out, request, { root, cassetteRoot, ...inside })))
    }
    const expected = verdicts.every(({ verdict, expect }) => verdict === expect)
    await print(inside.stdout, request.json, { faults: verdicts, expected }, renderVerdicts(verdicts))
    return expected ? exitCodes.ok : exitCodes.mismatch
  }
  const outcomes: ReplayOutcome[] = []
  const all = request.cassettes.length === 0 ? await committedCassettes(root) : request.cassettes
  const { shard } = request
  const cassettes = shard === undefined ? all : partOf(all, shard, cassetteRoot)
  if (shard !== undefined) removeShardReport(cassetteRoot, base, shard)
  for (const name of cassettes) {
    // Several cassettes get a folder each; one has the folder to itself.
    const out = all.length > 1 || request.profile === 'ci_replay' ? join(base, name.replace(/\.rrbin$/, '')) : base
    const outcome = await replayOne(name, out, request, { root, cassetteRoot, ...inside })
    outcomes.push(outcome)
    if (!request.json) await print(inside.stdout, false, undefined, renderReplay(outcome, cwd))
  }
  const identical = outcomes.every((outcome) => outcome.identical)
  if (shard !== undefined) {
    writeShardReport(cassetteRoot, base, shardReport(root, shard, fileNames(all, cassetteRoot), outcomes))
    if (cassettes.length === 0 && !request.json) printLines(inside.stdout, [nothingIn(shard, all.length)])
  }
  if (request.json) await print(inside.stdout, true, { replays: outcomes, identical }, [])
  const delivered = outcomes.every(({ delivery }) => delivery.ok)
  return identical && delivered ? exitCodes.ok : exitCodes.mismatch
}

/** The cassettes of a shard. */
function partOf(all: readonly string[], { index, count }: Shard, root: string): readonly string[] {
  const weighed = fileNames(all, root).map((name) => ({ name, bytes: bytesOf(findCassette(root, name).path) }))
  return shareOut(weighed, count)[index - 1] ?? []
}

function fileNames(names: readonly string[], root: string): string[] {
  return names.map((name) => findCassette(root, name).name)
}

function nothingIn({ index, count }: Shard, cassettes: number): string {
  return `shard ${index}/${count} of ${cassettes} cassette${cassettes === 1 ? '' : 's'}: nothing to replay`
}

async function print(stdout: Writable, json: boolean, document: unknown, lines: readonly string[]): Promise<void> {
  if (json) await printJson(stdout, canonicalJson(document))
  else printLines(stdout, lines)
}
