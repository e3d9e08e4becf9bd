import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { loadPolicy } from '@x07-lab/msg-core/rr'
import { exitCodes, UserError } from '../user-error.ts'
import type { DriverName, RecordRequest } from './request.ts'

/** What a made-up message takes in a cassette, both its halves: a little above what was measured of each broker. */
const messageBytes: Readonly<Record<DriverName, number>> = { memory: 1_800, amqp: 1_900, kafka: 2_000 }
const entriesPerMessage = 2
/** The most that a cassette holds. */
const formatBytes = 0xffff_ffff
/** Below it nothing is said: a disk has so much. */
const worthTellingBytes = 1024 * 1024 * 1024
const mostParts = 999

/** What a recording will take, before it begins. */
export interface Forecast {
  readonly parts: number
  readonly bytes: number
}

/**
 * How much of the disk the messages asked for will take and in how many files: one that outgrows the budgets of the policy, or the 4
 * GiB of the format, goes on in the next part. Undefined where the messages are not made up, so that nobody knows how large they are.
 */
export function forecast(
  { driver, input, foreign }: RecordRequest,
  limits: { readonly maxCassetteBytes: bigint; readonly maxEntries: number },
): Forecast | undefined {
  if (input.kind !== 'seed' || foreign > 0) return undefined
  const bytes = input.messages * messageBytes[driver]
  const partBytes = Math.min(Number(limits.maxCassetteBytes), formatBytes)
  const parts = Math.max(bytes / partBytes, (input.messages * entriesPerMessage) / limits.maxEntries)
  return { bytes, parts: Math.max(1, Math.ceil(parts)) }
}

/**
 * Says before a run, not after minutes of it, what it will take, and sees that the disk has it.
 *
 * @throws UserError where it has not, unless the request says to record all the same; PolicyError
 */
export async function checkRoom(
  root: string,
  request: RecordRequest,
  note: (line: string) => void,
  free: () => number | undefined = () => freeBytes(root),
): Promise<void> {
  const { policy, cassette, ignoreDisk } = request
  const config = await loadPolicy({ archRoot: root, policyId: policy, cassettePath: cassette, mode: 'rewrite_v1' })
  const needed = forecast(request, config.limits)
  if (needed === undefined) return
  const { parts, bytes } = needed
  if (parts > mostParts) {
    throw new UserError(
      `record: the messages would take about ${parts} parts, more than ${mostParts}; raise max_cassette_bytes and max_entries of ${policy} in arch/rr/policies`,
    )
  }
  if (bytes < worthTellingBytes && parts === 1) return
  const room = free()
  const takes = `${parts === 1 ? 'one cassette' : `${parts} parts`} and ${size(bytes)} of the disk`
  if (room !== undefined && bytes > room && !ignoreDisk) {
    throw new UserError(
      `record: the messages will take about ${takes}, and ${size(room)} are free; free some, record fewer, or give --ignore-disk to record all the same`,
      exitCodes.environment,
    )
  }
  note(`record    will take about ${takes}${room === undefined ? '' : `; ${size(room)} are free`}`)
}

/** Undefined where the system does not say. */
function freeBytes(root: string): number | undefined {
  for (const folder of [join(root, CASSETTE_FOLDER), root]) {
    try {
      const { bavail, bsize } = statfsSync(folder)
      return bavail * bsize
    } catch {
      // It is made by the first recording.
    }
  }
  return undefined
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
