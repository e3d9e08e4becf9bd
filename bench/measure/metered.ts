import { rateOf } from './alternate.ts'

/** What a run of one side cost. */
export interface Metered {
  /** Units per second of wall time. */
  readonly rate: number
  /** Processor time of this process for one unit, in microseconds: steadier than the rate where the machine is shared. */
  readonly cpuMicros: number
}

/** Runs `work` and gives its rate and its processor time. */
export async function metered(units: number, work: () => unknown): Promise<Metered> {
  const before = process.cpuUsage()
  const rate = await rateOf(units, work)
  const { user, system } = process.cpuUsage(before)
  return { rate, cpuMicros: (user + system) / units }
}
