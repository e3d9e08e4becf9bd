import { type DriverError } from '@x07-lab/msg-core'
import { recording } from '@x07-lab/msg-core/driver'
import { withPolicy } from '@x07-lab/msg-core/rr'
import { labTopic } from 'lab/src/contracts.ts'
import { openLiveDriver, secretVariable } from 'lab/src/drivers/open-driver.ts'
import { seededEvents } from 'lab/src/events/seeded.ts'
import { openLabMetrics } from 'lab/src/pipeline/lab-metrics.ts'
import { runPipeline, type PipelineResult } from 'lab/src/pipeline/pipeline.ts'
import { metered, type Metered } from '../measure/metered.ts'

/** The events of a run. */
export interface Load {
  readonly messages: number
  readonly seed: number
}

/** What a run on a broker came to: what it cost, and the chains of its keys, to be compared with the other side's. */
export interface LiveRun extends Metered {
  readonly chainOf: (key: string) => string | undefined
}

/**
 * Records a run on a broker as `lab record` does: the pipeline over the recording driver, into a real cassette. The broker
 * is connected and the topology there when the clock starts; it stops when the cassette is closed.
 *
 * @param run keeps topics and queues of this run apart from all others; they are removed at the end
 * @throws DriverError where the broker cannot be had
 */
export async function recordLive(
  driver: 'amqp' | 'kafka',
  { root, run, load }: { readonly root: string; readonly run: string; readonly load: Load },
): Promise<LiveRun> {
  const lab = await openLabMetrics(root)
  const live = await openLiveDriver(driver, {
    root,
    run,
    authorize() {},
    secret: (id) => process.env[secretVariable(id)] ?? '',
    log() {},
  })
  try {
    await live.driver.ensureTopology()
    let result: PipelineResult | undefined
    const cost = await metered(load.messages, async () => {
      result = await withPolicy(
        'lab_rr_v1',
        `${driver}.rrbin`,
        'rewrite_v1',
        (handle) =>
          runPipeline({
            driver: recording(live.driver, handle, { observer: lab.observer }),
            source: seededEvents({ topic: labTopic, ...load }),
            onDuplicate: lab.duplicate,
          }),
        { root, flush: 'soon' },
      )
    })
    await live.remove()
    const chains = new Map(keysOf(result).map(({ key, sha256 }) => [key, sha256]))
    return { ...cost, chainOf: (key) => chains.get(key) }
  } finally {
    await live.driver.close()
  }
}

/** Whether an error says that there is no broker. */
export function isUnreachable(error: unknown): error is DriverError {
  return error instanceof Error && 'code' in error && error.code === 'unreachable'
}

/** @throws Error where both sides did not come to the same, and so did not do the same work */
export function checkSameWork(ours: LiveRun, other: LiveRun, keys: readonly string[]): void {
  const odd = keys.find((key) => ours.chainOf(key) === undefined || ours.chainOf(key) !== other.chainOf(key))
  if (odd !== undefined) throw new Error(`compare the results of both sides: those of key ${odd} differ`)
}

function keysOf(result: PipelineResult | undefined): readonly { readonly key: string; readonly sha256: string }[] {
  return (result?.aggregate.toJson()['keys'] ?? []) as readonly { readonly key: string; readonly sha256: string }[]
}
