import { composeRuns } from '../docker/compose.ts'
import { isAlive } from '../process/identity.ts'
import type { BrokerDeps, RunningBroker } from '../types.ts'
import { BROKER_HOST } from '../types.ts'
import type { BrokerRecord } from './record.ts'

/** Whether what a record tells of still runs: its main process, or its container. */
export async function recordRuns(record: BrokerRecord, deps: BrokerDeps): Promise<boolean> {
  if (record.way === 'docker') return composeRuns(record.kind, record.port, deps)
  const broker = record.processes[0]
  return broker !== undefined && isAlive(broker)
}

/** What callers are told of a broker that the lab started and that answers; the handshake's version comes first. */
export function recordedBroker(record: BrokerRecord, answered?: string): RunningBroker {
  const version = answered ?? record.version
  return {
    kind: record.kind,
    way: record.way,
    host: BROKER_HOST,
    port: record.port,
    ...(version === undefined ? {} : { version }),
    ...(record.logFolder === undefined ? {} : { logFolder: record.logFolder }),
  }
}
