import { dirname, join, relative, resolve } from 'node:path'
import type { JsonObject } from '@x07-lab/msg-core'
import {
  CASSETTE_FOLDER,
  decodeEntry,
  decodeRecord,
  shardManifestEnding,
  shardManifestVersion,
  wires,
  type CassetteReader,
  type ManifestShard,
  type ShardManifest,
} from '@x07-lab/msg-core/format'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'
import { hashFile, replaceOwnFile } from '@x07-lab/msg-core/kit'
import { findCassette } from '@x07-lab/msg-core/run'
import { renderDelivery } from '../cli/render.ts'
import { CassetteFeed, feedCassette } from '../delivery/feed.ts'
import { DeliveryOracle } from '../delivery/oracle.ts'
import { summaryOf } from '../delivery/report.ts'
import { Aggregate } from '../pipeline/aggregate.ts'
import { isCanonicalJson } from '../pipeline/canonical.ts'
import { readConsumed } from '../pipeline/consumed.ts'
import { openLabMetrics, type LabMetrics } from '../pipeline/lab-metrics.ts'
import { makeArtefacts } from '../results/artefacts.ts'
import { prepareFolder } from '../results/folder.ts'
import { writeResults } from '../results/write.ts'
import { exitCodes } from '../user-error.ts'
import { FirstDeliveries } from '../workers/numbered.ts'
import { openShards, type ShardCassette } from '../workers/shard-files.ts'
import type { CommandResult } from './result.ts'

const publishOps = new Set(Object.values(wires).map(({ publishOp }) => publishOp))
const deliverOps = new Set(Object.values(wires).map(({ deliverOp }) => deliverOp))
const running = /^(?:0|[1-9]\d{0,7})$/

/**
 * Makes one result of what all workers of a run recorded. The messages count in the order of their numbers, whoever got them, each once:
 * the aggregate is the one that a single worker gets. Metrics are made from all entries, so that histograms add up.
 */
export async function merge(root: string, name: string, out = 'out/merged'): Promise<CommandResult> {
  const folder = resolve(root, out)
  prepareFolder(root, folder)
  using stack = new DisposableStack()
  const shards = openShards(root, name).map((shard) => stack.use(shard))
  const lab = await openLabMetrics(root)
  const oracle = new DeliveryOracle()
  const first = new FirstDeliveries()
  const totals = { published: 0, duplicates: 0, others: 0 }
  let firstEntry = 0
  const parts = shards.map((shard, index) => {
    feedCassette(shard.reader, shard.open, new CassetteFeed(shard.reader, oracle, { name: `/${index}`, firstEntry }))
    countShard(shard.reader, index, { first, lab, totals })
    const part = { cassette: shard.name, whole: shard.whole, entries: shard.reader.count, first_entry: firstEntry }
    firstEntry += shard.reader.count
    return { ...part, ...(shard.sha256 === undefined ? {} : { sha256: shard.sha256 }) }
  })
  const { aggregate, notCanonical } = aggregateOf(shards, first)
  const delivery = oracle.report(true)
  const result = {
    aggregate,
    published: totals.published,
    foreign: 0,
    duplicates: totals.duplicates,
    rejected: 0,
    notCanonical,
  }
  writeResults(root, folder, makeArtefacts(result, lab.metrics, { source: 'workers', shards: parts }), delivery)
  const manifest = writeManifest(root, name, parts, aggregate.toJson())
  const dead = parts.filter(({ whole }) => !whole).length
  return {
    document: {
      ...totals,
      shards: parts,
      aggregate: aggregate.toJson(),
      delivery: summaryOf(delivery),
      out: folder,
      manifest,
    },
    lines: [
      `merged    ${aggregate.count} messages of ${parts.length - dead} workers${dead > 0 ? `, and what ${dead} that died had recorded` : ''}: ${totals.duplicates} duplicates apart`,
      ...(totals.others > 0 ? [`others    ${totals.others} messages without a number of ours are left out`] : []),
      ...renderDelivery(delivery),
      `results   ${join(out)}: aggregate.json report.json metrics.txt delivery.json`,
      `manifest  ${manifest}, which arch:check --write-lock pins with the cassettes`,
    ],
    exitCode: delivery.ok ? exitCodes.ok : exitCodes.mismatch,
  }
}

/**
 * Writes which cassettes made the result, with the hashes of their files: what of them is committed can be checked to be the same.
 *
 * @returns its path below the root
 */
function writeManifest(root: string, given: string, parts: readonly ManifestShard[], aggregate: JsonObject): string {
  const { name } = findCassette(root, given)
  const folder = dirname(join(root, CASSETTE_FOLDER, name))
  const path = join(CASSETTE_FOLDER, name.replace(/\.rrbin$/, shardManifestEnding))
  const manifest: ShardManifest = {
    schema_version: shardManifestVersion,
    root_sha256: typeof aggregate['root_sha256'] === 'string' ? aggregate['root_sha256'] : null,
    shards: parts.map((part) => {
      const file = join(folder, part.cassette)
      const cassette = relative(join(root, CASSETTE_FOLDER), file)
      return { ...part, cassette, ...(part.whole ? { sha256: hashFile(file).sha256 } : {}) }
    }),
  }
  replaceOwnFile(root, join(root, path), canonicalJsonBytes(manifest))
  return path
}

interface Counting {
  readonly first: FirstDeliveries
  readonly lab: LabMetrics
  readonly totals: { published: number; duplicates: number; others: number }
}

function countShard(reader: CassetteReader, shard: number, { first, lab, totals }: Counting): void {
  for (let entry = 0; entry < reader.count; entry++) {
    const { op: opBytes, resp, err, latencyTicks = 0 } = decodeEntry(reader.entry(entry))
    const op = Buffer.from(opBytes).toString()
    const isPublish = publishOps.has(op)
    if (err !== 0 || (!isPublish && !deliverOps.has(op))) continue
    const { envelope, ackTag } = decodeRecord(resp)
    if (isPublish) {
      if (ackTag === 1) totals.published++
      lab.observer.published(ackTag === 1 ? 'confirmed' : 'refused', envelope, latencyTicks)
      continue
    }
    lab.observer.settled(ackTag === 1 ? 'ack' : 'reject', envelope, latencyTicks)
    if (ackTag !== 1) continue
    const { id = '' } = readConsumed(envelope)
    if (!running.test(id)) totals.others++
    else if (!first.add(Number(id), shard, entry)) {
      totals.duplicates++
      lab.duplicate()
    }
  }
}

function aggregateOf(
  shards: readonly ShardCassette[],
  first: FirstDeliveries,
): { readonly aggregate: Aggregate; readonly notCanonical: number } {
  const aggregate = new Aggregate()
  let notCanonical = 0
  for (const { shard, entry } of first) {
    const { reader } = shards[shard] ?? {}
    if (reader === undefined) continue
    const { key, payload } = readConsumed(decodeRecord(decodeEntry(reader.entry(entry)).resp).envelope)
    if (!isCanonicalJson(payload)) notCanonical++
    aggregate.add(key, payload)
  }
  return { aggregate, notCanonical }
}
