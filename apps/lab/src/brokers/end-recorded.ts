import { composeDown } from './docker/compose.ts'
import { NATIVE_WAYS } from './native-ways.ts'
import { endProcess } from './process/identity.ts'
import { type BrokerRecord, removeRecord } from './state/record.ts'
import type { BrokerDeps } from './types.ts'

/** Ends what a record tells of, helpers included, and forgets it. What is gone already is no error. */
export async function endRecorded(folder: string, record: BrokerRecord, deps: BrokerDeps): Promise<void> {
  if (record.way === 'docker') {
    await composeDown(record.kind, record.port, deps)
  } else {
    for (const identity of record.processes) {
      await endProcess(identity, NATIVE_WAYS[record.kind].stopGraceMs, deps.clock)
    }
  }
  await removeRecord(folder)
}
