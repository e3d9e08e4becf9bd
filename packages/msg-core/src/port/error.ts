/**
 * Every way a driver call can fail, with the number a cassette stores in an entry's `err`, and whether the same call may
 * succeed if simply made again. The numbers start at 9901, above X07's own.
 */
export const driverErrors = {
  unreachable: { errno: 9901, retryable: true },
  auth_refused: { errno: 9902, retryable: false },
  tls_failed: { errno: 9903, retryable: false },
  access_denied: { errno: 9904, retryable: false },
  not_found: { errno: 9905, retryable: false },
  too_large: { errno: 9906, retryable: false },
  connection_lost: { errno: 9907, retryable: true },
  timeout: { errno: 9908, retryable: true },
  cancelled: { errno: 9909, retryable: true },
  closed: { errno: 9910, retryable: false },
  precondition_failed: { errno: 9911, retryable: false },
  aborted: { errno: 9912, retryable: false },
  invalid_config: { errno: 9913, retryable: false },
  protocol: { errno: 9914, retryable: false },
  /** A recorded failure whose number this version does not know; `errno` says it. */
  recorded: { errno: 0, retryable: false },
} as const satisfies Record<string, { errno: number; retryable: boolean }>

/** The closed set of driver error codes; see {@link driverErrors}. */
export type DriverErrorCode = keyof typeof driverErrors

/** A driver call that failed. The message names broker, operation and remedy, never a secret and never a payload. */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly code: DriverErrorCode
  /** What a cassette's `err` holds for this failure: a 32 bit signed integer, never 0. */
  readonly errno: number

  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions & { readonly errno?: number }) {
    super(message, options)
    this.code = code
    this.errno = options?.errno ?? driverErrors[code].errno
  }

  /** Whether the same call, made again, may succeed. */
  get retryable(): boolean {
    return driverErrors[this.code].retryable
  }

  /** The error that a cassette entry with this `err` stands for. */
  static fromErrno(errno: number, message: string): DriverError {
    const code = codeByErrno.get(errno)
    return code === undefined ? new DriverError('recorded', message, { errno }) : new DriverError(code, message)
  }
}

const codeByErrno = new Map<number, DriverErrorCode>(
  Object.entries(driverErrors).flatMap(([code, { errno }]) => (errno === 0 ? [] : [[errno, code as DriverErrorCode]])),
)
