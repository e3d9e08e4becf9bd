import type { ReplayReport } from './report.ts'

/**
 * - `diverged`: the program did something else than it did when it was recorded;
 * - `exhausted`: the program does more than was recorded;
 * - `stalled`: the program waits for what the recording gives only after something that the program does not do;
 * - `unsealed`: the recording never ended, or was cut;
 * - `stale`: the recording was made under other contracts.
 */
export type ReplayErrorCode = 'diverged' | 'exhausted' | 'stalled' | 'unsealed' | 'stale'

/** What a replay found: never what a broker or a client did, which is a DriverError. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
  readonly code: ReplayErrorCode
  /** What is known of the run; absent where it did not begin. */
  readonly report: ReplayReport | undefined

  constructor(code: ReplayErrorCode, message: string, options?: ErrorOptions & { readonly report?: ReplayReport }) {
    super(message, options)
    this.code = code
    this.report = options?.report
  }
}
