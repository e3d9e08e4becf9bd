export { decodeDocument, decodeValue } from './decode.ts'
export { encodeDocument, encodeValue, sortedMap } from './encode.ts'
export { DataModelError } from './value.ts'
export type { DataDocument, DataValue } from './value.ts'
