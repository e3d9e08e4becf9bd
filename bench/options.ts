import { parseArgs } from 'node:util'

export interface BenchOptions {
  readonly json: boolean
  /** Names of rows, or parts of them; empty for all. */
  readonly only: readonly string[]
  /** The folder of another checkout to compare with; relative to the folder in which the bench is started. */
  readonly before?: string
  readonly help: boolean
}

/** @throws TypeError for an unknown option, saying which */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    // `pnpm bench -- --json` hands over the two hyphens too.
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      before: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return values
}
