import type { JsonObject } from '@x07-lab/msg-core'
import { wholeResult, type RecordedResult } from './result-entries.ts'

/** A longer report, of somebody else's cassette, is not taken apart for what it says of the inputs. */
const maxReportBytes = 64 * 1024 * 1024

/** What the report of a recording says of its events. */
export function recordedInputs(recorded: RecordedResult | undefined): JsonObject {
  const report = recorded === undefined ? undefined : wholeResult(recorded, maxReportBytes)
  if (report === undefined) return { source: 'cassette' }
  try {
    const { inputs } = JSON.parse(Buffer.from(report).toString()) as { inputs?: JsonObject }
    return inputs ?? { source: 'cassette' }
  } catch {
    return { source: 'cassette' }
  }
}

/** The seed that the recorded report names, and how many events were made from it. */
export function recordedSeed({ source, seed, messages }: JsonObject): { seed: number; messages: number } | undefined {
  const isSeed = source === 'seed' && typeof seed === 'number' && typeof messages === 'number'
  return isSeed ? { seed, messages } : undefined
}
