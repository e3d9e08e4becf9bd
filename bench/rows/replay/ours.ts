import { replaying } from '@x07-lab/msg-core/driver'
import { withPolicy } from '@x07-lab/msg-core/rr'
import { labTopic } from 'lab/src/contracts.ts'
import { seededEvents } from 'lab/src/events/seeded.ts'
import { openLabMetrics } from 'lab/src/pipeline/lab-metrics.ts'
import type { BesideThread } from 'lab/src/threads/checks.ts'
import { runPipeline, type PipelineResult } from 'lab/src/pipeline/pipeline.ts'

/**
 * Replays a cassette as `lab replay` does: opened and checked whole, through the driver and the pipeline, with metrics.
 *
 * @param beside takes the canonical forms and hashes
 */
export async function ourReplay(
  root: string,
  cassette: string,
  { messages, seed }: { readonly messages: number; readonly seed: number },
  beside?: BesideThread,
): Promise<PipelineResult> {
  return withPolicy(
    'lab_rr_v1',
    cassette,
    'replay_v1',
    async ({ reader }) => {
      if (reader === undefined) throw new Error(`replay ${cassette}: it was not loaded`)
      const lab = await openLabMetrics(root)
      await using driver = replaying(reader, { observer: lab.observer })
      const source = seededEvents({ topic: labTopic, messages, seed })
      const result = await runPipeline({
        driver,
        source,
        onDuplicate: lab.duplicate,
        ...(beside === undefined ? {} : { tally: beside.checks(reader, undefined).tally }),
      })
      const { divergenceCount } = driver.report()
      // Results and seal are none of the driver's.
      if (divergenceCount > 0) throw new Error(`replay ${cassette}: ${divergenceCount} divergences`)
      return result
    },
    { root, readOnly: true },
  )
}
