import { endRecorded } from './end-recorded.ts'
import { probe } from './probe/probe.ts'
import { brokerFolder } from './state/folders.ts'
import { recordRuns } from './state/liveness.ts'
import { withLock } from './state/lock.ts'
import { readRecord } from './state/record.ts'
import { withSystemErrors } from './system-errors.ts'
import {
  BROKER_HOST,
  BROKER_NAMES,
  type BrokerDeps,
  type BrokerKind,
  type BrokerSettings,
  DEFAULT_PORTS,
  type DownResult,
} from './types.ts'

/**
 * Ends the broker that `up` started on this port, and nothing else; returns when it is gone. Its data and logs stay in
 * the state folder (a container's are removed with it). Waits for an `up` that is under way.
 * @throws UserError when Docker refuses, or the state folder cannot be used
 */
export function down(kind: BrokerKind, deps: BrokerDeps, settings: BrokerSettings = {}): Promise<DownResult> {
  return withSystemErrors(`take down ${BROKER_NAMES[kind]}`, () => takeDown(kind, deps, settings))
}

function takeDown(kind: BrokerKind, deps: BrokerDeps, settings: BrokerSettings): Promise<DownResult> {
  const port = settings.port ?? DEFAULT_PORTS[kind]
  const folder = brokerFolder(kind, port, deps.env, settings)
  return withLock(folder, { clock: deps.clock, signal: deps.signal }, async () => {
    const record = await readRecord(folder)
    const ran = record !== undefined && (await recordRuns(record, deps))
    // A crashed broker may have left helpers; they are the lab's to end as well.
    if (record !== undefined) await endRecorded(folder, record, deps)
    if (ran) return { outcome: 'stopped', kind, way: record.way, host: BROKER_HOST, port }
    const answers = (await probe(kind, BROKER_HOST, port)).outcome === 'answers'
    return { outcome: answers ? 'not-ours' : 'not-running', kind, host: BROKER_HOST, port }
  })
}
