/**
 * What can go wrong in this package, besides a broken promise of the caller's types:
 *
 * - `invalid_registry`: the registry document has the wrong shape, or declares what OpenMetrics cannot carry
 * - `unknown_metric`: the registry does not declare the id
 * - `wrong_type`: the registry declares the id as another kind of instrument
 * - `invalid_labels`: a label is missing, undeclared or has a value that OpenMetrics text cannot carry
 * - `invalid_value`: an amount or observation that the instrument cannot hold
 * - `invalid_report`: a report that RFC 8785 cannot carry without loss
 */
export type ObsErrorCode =
  | 'invalid_registry'
  | 'unknown_metric'
  | 'wrong_type'
  | 'invalid_labels'
  | 'invalid_value'
  | 'invalid_report'

/** Every error this package throws on purpose. Never retryable: the same call fails again. */
export class ObsError extends Error {
  override readonly name = 'ObsError'
  readonly code: ObsErrorCode

  constructor(code: ObsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
