import { type JsonObject } from '@x07-lab/msg-core'
import { canonicalJsonBytes } from '@x07-lab/msg-core/format'
import { renderOpenMetrics, REPORT_SCHEMA_VERSION, writeReport, type Metrics } from '@x07-lab/obs'
import type { PipelineResult } from '../pipeline/pipeline.ts'

/** The files that a run leaves, by name. */
export const artefactNames = ['aggregate.json', 'report.json', 'metrics.txt'] as const

/** The spans of a run with a cassette: beside the results, and no part of the recording, whose seal they are made from. */
export const traceName = 'trace.json'

/** What a replay found, for `cassette show --divergent` and `cassette page --report`. */
export const divergencesName = 'divergences.json'

export type ArtefactName = (typeof artefactNames)[number]

/** The bytes of each result. Nothing in them depends on the clock, the machine or the way the events came. */
export type Artefacts = Readonly<Record<ArtefactName, Uint8Array>>

export function makeArtefacts(result: PipelineResult, metrics: Metrics, inputs: JsonObject): Artefacts {
  const aggregate = result.aggregate.toJson()
  const snapshot = metrics.snapshot()
  return {
    'aggregate.json': canonicalJsonBytes(aggregate),
    'report.json': writeReport({ schema_version: REPORT_SCHEMA_VERSION, inputs, aggregate, metrics: snapshot }),
    'metrics.txt': Buffer.from(renderOpenMetrics(snapshot)),
  }
}

/** The inputs of a report, with the number of messages from others where there were any. */
export function withForeign(inputs: JsonObject, foreign: number): JsonObject {
  const tells = foreign > 0 || inputs['shard'] !== undefined
  return tells && Number.isFinite(foreign) ? { ...inputs, foreign } : inputs
}
