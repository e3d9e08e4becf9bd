import { DriverError } from '@x07-lab/msg-core'
import { adviceAfterTrying, adviceFor } from './advice.ts'
import type { Failure } from './failure.ts'

/** A failure that asking again cannot mend. */
export function failed(what: string, failure: Failure, cause: unknown): DriverError {
  if (cause instanceof DriverError) return cause
  const advice = adviceFor(failure)
  const then = advice === undefined ? '' : `; ${advice}`
  return new DriverError(failure.code, `${what}: ${failure.reason}${then}`, { cause })
}

/** A failure for which asking again has not helped for `failingForMs`. */
export function gaveUp(
  what: string,
  failure: Failure,
  cause: unknown,
  failingForMs: number,
  advice = adviceAfterTrying(failure),
): DriverError {
  const seconds = Math.round(failingForMs / 1000)
  return new DriverError(failure.code, `${what}: ${failure.reason}; tried for ${seconds} s; ${advice}`, { cause })
}
