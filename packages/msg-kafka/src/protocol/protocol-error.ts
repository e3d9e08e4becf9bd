/**
 * - `truncated`: the bytes end inside a field;
 * - `invalid`: a field holds what the protocol does not allow;
 * - `too_large`: a length exceeds a limit;
 * - `unsupported`: an API, a version or a format that is not in the tables.
 */
export type ProtocolErrorCode = 'truncated' | 'invalid' | 'too_large' | 'unsupported'

/** Bytes that are not the Kafka protocol as the tables know it. The text never contains a payload. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
