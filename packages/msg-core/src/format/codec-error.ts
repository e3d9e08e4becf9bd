/**
 * Codes of the message codecs, X07's numbers: 9501 and 9502 belong to the topic contract, 9503 to 9509 to the envelope
 * (X7ME), 9601 to 9604 to the message record (X7MR); 9612 says that a record is another one than its entry claims.
 */
export type CodecErrorCode =
  | 9501
  | 9502
  | 9503
  | 9504
  | 9505
  | 9506
  | 9507
  | 9508
  | 9509
  | 9601
  | 9602
  | 9603
  | 9604
  | 9612

/** A message, or the bytes of one, that the X7ME or X7MR format cannot carry. The text never contains the payload. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly code: CodecErrorCode

  constructor(code: CodecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
