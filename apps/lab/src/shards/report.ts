import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJsonBytes, readJsonFile } from '@x07-lab/msg-core/json'
import { replaceOwnFile, whyFailed } from '@x07-lab/msg-core/kit'
import type { ReplayOutcome } from '../commands/replay.ts'
import { cannotWrite, prepareFolder } from '../results/folder.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { Shard } from './shard.ts'

const schemaVersion = 'x07.lab.replay-shard@0.2.0'

/** What a shard's replays came to, as a file that {@link mergeReports} puts beside those of the others. */
export interface ShardReport {
  readonly schema_version: typeof schemaVersion
  readonly shard: Shard
  /** SHA-256 over the lock files, which pin contracts and cassettes: the same in each of them, where all ran on one commit. */
  readonly locks_sha256: string
  /** All that the shards have to replay together: the same in each of them. */
  readonly cassettes: readonly string[]
  readonly replays: readonly ShardedReplay[]
}

/** One replay of a shard. */
export interface ShardedReplay {
  readonly cassette: string
  readonly entries: number
  readonly published: number
  readonly divergences: number
  readonly identical: boolean
  /** No rule of delivery was broken. */
  readonly delivered: boolean
}

/** The name of a shard's report. */
function shardReportName({ index, count }: Shard): string {
  return `replay.${index}-of-${count}.json`
}

const lockFiles = [
  'arch/manifest.lock.json',
  'arch/contracts.lock.json',
  'arch/project.lock.json',
  '.x07_rr/cassettes.lock.json',
]

/** SHA-256 over the locks under a root, one that is missing counting as such. */
function hashLocks(root: string): string {
  const digest = createHash('sha256')
  for (const file of lockFiles) {
    let content: Uint8Array | undefined
    try {
      content = readFileSync(join(root, file))
    } catch {
      // A project may have no lock of a kind.
    }
    digest.update(`${file} ${content?.length ?? 'missing'}\n`).update(content ?? '')
  }
  return digest.digest('hex')
}

/** @param root holds the locks */
export function shardReport(
  root: string,
  shard: Shard,
  cassettes: readonly string[],
  replays: readonly ReplayOutcome[],
): ShardReport {
  return {
    schema_version: schemaVersion,
    shard,
    locks_sha256: hashLocks(root),
    cassettes: cassettes.toSorted(),
    replays: replays.map(({ cassette, entries, published, divergenceCount, identical, delivery }) => ({
      cassette,
      entries,
      published,
      divergences: divergenceCount,
      identical,
      delivered: delivery.ok,
    })),
  }
}

/** Writes a shard's report into the folder of its results. @throws UserError where it cannot be written */
export function writeShardReport(root: string, folder: string, report: ShardReport): void {
  prepareFolder(root, folder)
  try {
    replaceOwnFile(root, join(folder, shardReportName(report.shard)), canonicalJsonBytes({ ...report }))
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}

/**
 * Removes the report of an earlier run of the same shard: one that is killed while it replays must not be taken for done.
 *
 * @throws UserError where it cannot be removed
 */
export function removeShardReport(root: string, folder: string, shard: Shard): void {
  prepareFolder(root, folder)
  try {
    rmSync(join(folder, shardReportName(shard)), { force: true })
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}

/** The replays of all shards. */
export interface MergedReplays {
  readonly shards: number
  readonly replays: readonly ShardedReplay[]
  readonly identical: boolean
}

/**
 * Puts the reports of a matrix together.
 *
 * @param given files, or folders that hold them
 * @throws UserError where one is not a shard's report, a shard is missing or there twice, or a cassette was replayed by none or by two of
 *   them: then nothing is known of the whole
 */
export function mergeReports(given: readonly string[]): MergedReplays {
  const reports = given.flatMap(filesOf).map((file) => ({ file, report: readReport(file) }))
  const [first] = reports
  if (first === undefined) throw refuse(`${given.join(', ')}: there is no report of a shard in it`)
  const { count } = first.report.shard
  const expected = JSON.stringify(first.report.cassettes)
  const other = reports.find(({ report }) => report.locks_sha256 !== first.report.locks_sha256)
  if (other !== undefined) {
    throw refuse(
      `${other.file} and ${first.file} were made under other locks (arch/*.lock.json, .x07_rr/cassettes.lock.json); run all shards on the same commit`,
    )
  }
  const seen = new Map<number, string>()
  for (const { file, report } of reports) {
    const { index } = report.shard
    if (report.shard.count !== count || JSON.stringify(report.cassettes) !== expected) {
      throw refuse(`${file} and ${first.file} are not of one matrix: the shards or the cassettes they share out differ`)
    }
    const other = seen.get(index)
    if (other !== undefined)
      throw refuse(`${file} and ${other} are both of shard ${index}/${count}; give each shard once`)
    seen.set(index, file)
  }
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter((index) => !seen.has(index))
  if (missing.length > 0) {
    throw refuse(
      `of ${count} shards ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; give the report of each`,
    )
  }
  const replays = reports.flatMap(({ report }) => report.replays).sort((a, b) => (a.cassette < b.cassette ? -1 : 1))
  if (JSON.stringify(replays.map(({ cassette }) => cassette)) !== expected) {
    throw refuse('the shards did not replay each cassette once; run all of them on the same commit')
  }
  return { shards: count, replays, identical: replays.every((one) => one.identical && one.delivered) }
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?:^|\/)replay\.\d+-of-\d+\.json$/.test(name))
      .sort()
      .map((name) => join(path, name))
  } catch (cause) {
    throw refuse(`${path}: ${whyFailed(cause)}`, cause)
  }
}

function readReport(file: string): ShardReport {
  let value: unknown
  try {
    value = readJsonFile(file)
  } catch (cause) {
    throw refuse(`${file}: ${whyFailed(cause)}`, cause)
  }
  if (!isReport(value))
    throw refuse(
      `${file} is not a report of a shard (${schemaVersion}); it may be of another version of this program: run the shard again`,
    )
  return value
}

function isReport(value: unknown): value is ShardReport {
  if (typeof value !== 'object' || value === null) return false
  const { schema_version: version, shard, locks_sha256: locks, cassettes, replays } = value as Partial<ShardReport>
  return (
    version === schemaVersion &&
    Number.isInteger(shard?.index) &&
    Number.isInteger(shard?.count) &&
    typeof locks === 'string' &&
    Array.isArray(cassettes) &&
    Array.isArray(replays) &&
    replays.every(
      (one: Partial<ShardedReplay> | null) =>
        typeof one?.cassette === 'string' && typeof one.identical === 'boolean' && typeof one.delivered === 'boolean',
    )
  )
}

function refuse(problem: string, cause?: unknown): UserError {
  return new UserError(`merge-reports: ${problem}`, exitCodes.environment, { cause })
}
