import { alternate } from '../measure/alternate.ts'
import type { Row } from '../row.ts'
import { scratchProject } from '../scratch/project.ts'
import { checkSameWork, isUnreachable, recordLive, type LiveRun, type Load } from './recording.ts'

/** A comparison of recording through a driver with its bare client. */
export interface LiveComparison {
  readonly driver: 'amqp' | 'kafka'
  readonly client: string
  readonly about: string
  readonly load: Load
  /** The same messages through the client alone; `run` keeps what it makes on the broker apart. */
  readonly plain: (run: string, load: Load) => Promise<LiveRun>
}

/** Set to 1 it has every run told, with the processor time of a message on either side. */
const debugVariable = 'BENCH_DEBUG'

/** A key that every load has. */
const sampleKeys = ['customer-0', 'customer-31', 'customer-63']

export function liveRow({ driver, client, about, load, plain }: LiveComparison): Row {
  const name = `${driver} recording of ${load.messages} messages, ${client}`
  return {
    name: driver,
    about,
    async run({ scratch, env, progress }) {
      const root = scratchProject(scratch, driver)
      let runs = 0
      const nextRun = (): string => `bench-${process.pid}-${runs++}`
      const ours = (): Promise<LiveRun> => recordLive(driver, { root, run: nextRun(), load })
      const other = (): Promise<LiveRun> => plain(nextRun(), load)
      try {
        checkSameWork(await ours(), await other(), sampleKeys)
      } catch (error) {
        if (!isUnreachable(error)) throw error
        return [{ name, unavailable: error.message }]
      }
      progress('measuring')
      const noted = async (side: string, run: Promise<LiveRun>): Promise<number> => {
        const { rate, cpuMicros } = await run
        if (env[debugVariable] === '1') {
          progress(`${side}: ${Math.round(rate)} messages/s, ${cpuMicros.toFixed(1)} µs of processor time a message`)
        }
        return rate
      }
      const rates = await alternate(
        () => noted('ours', ours()),
        () => noted(client, other()),
        // The comparison of the results was the warm-up.
        { warmUps: 0, rounds: 5 },
      )
      return [{ name, unit: 'messages/s', ...rates, wanted: { ratioAtLeast: 1 } }]
    },
  }
}
