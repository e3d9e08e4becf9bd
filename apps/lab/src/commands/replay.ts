import { join } from 'node:path'
import {
  CASSETTE_FOLDER,
  checkSeal,
  replaying,
  withPolicy,
  type CassetteReader,
  type Divergence,
  type Driver,
  type JsonObject,
  type RrHandle,
} from '@x07-lab/msg-core'
import type { Console } from '../cli/console.ts'
import { labTopic, readRegistry } from '../contracts.ts'
import type { EventSource } from '../events/event.ts'
import { recordedEvents } from '../events/recorded.ts'
import { seededEvents } from '../events/seeded.ts'
import { createLabMetrics } from '../pipeline/lab-metrics.ts'
import { runPipeline } from '../pipeline/pipeline.ts'
import { makeArtefacts, withForeign } from '../results/artefacts.ts'
import { compareArtefacts, type Comparison } from '../results/compare.ts'
import { readResults } from '../results/result-entries.ts'
import { writeArtefacts } from '../results/write.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { ReplayRequest } from './request.ts'
import { openSource } from './sources.ts'

/** What the replay of one cassette came to. */
export interface ReplayOutcome {
  /** Name below `.x07_rr/`. */
  readonly cassette: string
  readonly entries: number
  readonly sealed: boolean
  readonly out: string
  readonly published: number
  readonly duplicates: number
  readonly divergences: readonly Divergence[]
  readonly divergenceCount: number
  readonly comparisons: readonly Comparison[]
  /** Nothing differed, and everything recorded was used. */
  readonly identical: boolean
  readonly aggregate: JsonObject
}

/** What a replay works with. */
export interface ReplayContext {
  /** Holds the contracts. */
  readonly root: string
  /** Holds `.x07_rr/`. */
  readonly cassetteRoot: string
  readonly console: Console
  readonly signal: AbortSignal
}

/**
 * Runs the pipeline over a cassette: the same processing, the broker played. Results are written to `out` and compared with
 * the recorded ones.
 *
 * @throws UserError where the seal does not fit, or the cassette has nothing to replay; RrError where it is damaged
 */
export async function replayOne(
  name: string,
  out: string,
  request: ReplayRequest,
  { root, cassetteRoot, console, signal }: ReplayContext,
): Promise<ReplayOutcome> {
  return withPolicy(request.policy, name, 'replay_v1', run, { root: cassetteRoot, archRoot: root, readOnly: true })

  async function run(handle: RrHandle): Promise<ReplayOutcome> {
    const cassette = readerOf(handle, name)
    const seal = checkSeal(cassette, join(cassetteRoot, CASSETTE_FOLDER, name))
    if (seal.kind === 'broken') {
      throw new UserError(`cassette ${name}: ${seal.reason}; restore it, or record it again`, exitCodes.environment)
    }
    const recorded = readResults(cassette)
    const lab = createLabMetrics(await readRegistry(root))
    const driver = replaying(cassette, {
      match: request.match,
      observer: lab.observer,
      ...(seal.kind === 'sealed' ? { openBegins: new Set(seal.seal.open) } : {}),
    })
    try {
      const inputs = recordedInputs(recorded?.['report.json'])
      const source = await sourceOf(cassette, driver, inputs, request, root)
      const progress = console.progress(source.total)
      const result = await runPipeline({
        driver,
        source,
        foreign: foreignOf(inputs),
        onProgress: progress.update,
        onDuplicate: lab.duplicate,
        signal,
      }).finally(progress.end)
      const artefacts = makeArtefacts(result, lab.metrics, withForeign(source.describe(), foreignOf(inputs)))
      await writeArtefacts(out, artefacts)
      const comparisons = compareArtefacts(recorded, artefacts)
      const { divergences, divergenceCount } = driver.report()
      return {
        cassette: name,
        entries: cassette.count,
        sealed: seal.kind === 'sealed',
        out,
        published: result.published,
        duplicates: result.duplicates,
        divergences,
        divergenceCount,
        comparisons,
        identical: divergenceCount === 0 && comparisons.every(({ outcome }) => outcome !== 'differs'),
        aggregate: result.aggregate.toJson(),
      }
    } finally {
      await driver.close()
    }
  }
}

function readerOf(handle: RrHandle, name: string): CassetteReader {
  const cassette = handle.reader
  if (cassette !== undefined && cassette.count > 0) return cassette
  throw new UserError(
    `cassette ${name}: it is empty, so there is nothing to replay; record it first`,
    exitCodes.environment,
  )
}

/**
 * The events to publish: those asked for, else those that the recorded report names by seed, else the very messages of the
 * cassette.
 */
async function sourceOf(
  cassette: CassetteReader,
  driver: Driver,
  inputs: JsonObject,
  request: ReplayRequest,
  root: string,
): Promise<EventSource> {
  if (request.input !== undefined) return openSource(root, request.input)
  const { source, seed, messages } = inputs
  if (source === 'seed' && typeof seed === 'number' && typeof messages === 'number') {
    return seededEvents({ topic: labTopic, seed, messages })
  }
  return recordedEvents(cassette, driver, inputs)
}

/** Messages of others in the recording; a cassette that does not say is consumed to its end. */
function foreignOf(inputs: JsonObject): number {
  if (inputs['source'] === 'cassette') return Number.POSITIVE_INFINITY
  return typeof inputs['foreign'] === 'number' ? inputs['foreign'] : 0
}

function recordedInputs(report: Uint8Array | undefined): JsonObject {
  if (report === undefined) return { source: 'cassette' }
  try {
    const { inputs } = JSON.parse(Buffer.from(report).toString()) as { inputs?: JsonObject }
    return inputs ?? { source: 'cassette' }
  } catch {
    return { source: 'cassette' }
  }
}
