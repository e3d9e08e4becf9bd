import { heldBy, probe } from './probe/probe.ts'
import { brokerFolder } from './state/folders.ts'
import { recordedBroker, recordRuns } from './state/liveness.ts'
import { readRecord } from './state/record.ts'
import {
  BROKER_HOST,
  type BrokerDeps,
  type BrokerKind,
  type BrokerSettings,
  DEFAULT_PORTS,
  type StatusResult,
} from './types.ts'

/** What is on the broker's port, and what became of the broker that the lab started there. Changes nothing. */
export async function status(kind: BrokerKind, deps: BrokerDeps, settings: BrokerSettings = {}): Promise<StatusResult> {
  const port = settings.port ?? DEFAULT_PORTS[kind]
  const record = await readRecord(brokerFolder(kind, port, deps.env, settings))
  const runs = record !== undefined && (await recordRuns(record, deps))
  const found = await probe(kind, BROKER_HOST, port)
  if (found.outcome === 'answers') {
    if (runs) return { state: 'up', ...recordedBroker(record, found.version) }
    const { outcome: _, ...said } = found
    return { state: 'up', kind, way: 'listening', host: BROKER_HOST, port, ...said }
  }
  if (record !== undefined && (runs || found.outcome === 'free')) {
    const state = runs ? (record.phase === 'starting' ? 'starting' : 'unresponsive') : 'crashed'
    const log = record.logFolder === undefined ? {} : { logFolder: record.logFolder }
    return { state, kind, way: record.way, host: BROKER_HOST, port, ...log }
  }
  if (found.outcome === 'free') return { state: 'down', kind, host: BROKER_HOST, port }
  return { state: 'port-held', kind, host: BROKER_HOST, port, seen: heldBy(found) }
}
