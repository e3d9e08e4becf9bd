/**
 * The values of the data model, as read: nothing is normalised, so that encoding them again gives the same bytes.
 *
 * - `bool` keeps its byte (writers emit 0 or 1, no reader refuses others).
 * - `number` keeps its text, which nobody checks: `1e3`, `007` and bytes outside ASCII all survive.
 * - `string` holds any bytes, UTF-8 is not required. There is no kind for bytes apart from it.
 * - `map` keeps its entries in the order read, duplicates included.
 */
export type DataValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly byte: number }
  | { readonly kind: 'number'; readonly text: Uint8Array }
  | { readonly kind: 'string'; readonly bytes: Uint8Array }
  | { readonly kind: 'seq'; readonly items: readonly DataValue[] }
  | { readonly kind: 'map'; readonly entries: readonly MapEntry[] }

/** One entry of a map: the key's bytes and its value. */
export type MapEntry = readonly [key: Uint8Array, value: DataValue]

/** A document: an ok value, or an error with a code (u32) and a message (any bytes). */
export type DataDocument =
  | { readonly kind: 'ok'; readonly value: DataValue }
  | { readonly kind: 'error'; readonly code: number; readonly message: Uint8Array }

/** Kind bytes of the encoding. */
export const KIND_NULL = 0
export const KIND_BOOL = 1
export const KIND_NUMBER = 2
export const KIND_STRING = 3
export const KIND_SEQ = 4
export const KIND_MAP = 5

/** First byte of a document. */
export const DOCUMENT_ERROR = 0
export const DOCUMENT_OK = 1

/** Levels of seq and map around a value: 64 are accepted, as in X07's runtime, the 65th is refused. */
export const MAX_DEPTH = 64

/** A document that is not well formed. `offset` is the byte at which that shows. */
export class DataModelError extends Error {
  override readonly name = 'DataModelError'
  readonly offset: number

  constructor(problem: string, offset: number) {
    super(`decode data-model document at byte ${offset}: ${problem}`)
    this.offset = offset
  }
}
