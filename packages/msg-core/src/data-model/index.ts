export { decodeDocument, decodeValue } from './decode.ts'
export { encodeDocument, encodeValue, sortedMap } from './encode.ts'
export { DataModelError, MAX_DEPTH } from './value.ts'
export type { DataDocument, DataValue, MapEntry } from './value.ts'
