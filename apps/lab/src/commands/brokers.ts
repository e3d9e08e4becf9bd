import {
  down,
  formatDown,
  formatStatus,
  formatUp,
  status,
  up,
  type BrokerDeps,
  type BrokerKind,
} from '../brokers/index.ts'
import { exitCodes } from '../user-error.ts'
import type { CommandResult } from './result.ts'

/** What can be done to brokers. */
export type BrokersAction = 'up' | 'down' | 'status'

/** Starts, stops or looks for one broker, or both. */
export async function brokers(
  action: BrokersAction,
  kind: string | undefined,
  deps: BrokerDeps,
): Promise<CommandResult> {
  const kinds: readonly BrokerKind[] = kind === 'amqp' || kind === 'kafka' ? [kind] : ['amqp', 'kafka']
  const documents: unknown[] = []
  const lines: string[] = []
  let failed = false
  for (const one of kinds) {
    switch (action) {
      case 'up': {
        const result = await up(one, deps)
        failed ||= result.outcome !== 'up'
        documents.push(result)
        lines.push(...[formatUp(result)].flat())
        break
      }
      case 'down': {
        const result = await down(one, deps)
        documents.push(result)
        lines.push(...[formatDown(result)].flat())
        break
      }
      case 'status': {
        const result = await status(one, deps)
        failed ||= result.state !== 'up'
        documents.push(result)
        lines.push(...[formatStatus(result)].flat())
        break
      }
    }
  }
  return { document: { brokers: documents }, lines, exitCode: failed ? exitCodes.environment : exitCodes.ok }
}
