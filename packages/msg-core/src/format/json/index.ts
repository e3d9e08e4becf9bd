export { canonicalJson, canonicalJsonBytes } from './canonical.ts'
export { codePointLength, contractFault, readContract, type ContractForm, type FormSchema } from './contract-form.ts'
export { checkIJson, type IJsonError } from './i-json.ts'
export type { JsonFault } from './fault.ts'
export { DEFAULT_MAX_DEPTH, type JsonError, type JsonText, parseJson, type ParseOptions } from './parse.ts'
export { lineColAt, type LineCol, lineLocator } from './position.ts'
export { readJsonFile } from './read-json-file.ts'
export {
  escapePointerToken,
  type JsonArray,
  type JsonLiteral,
  type JsonMember,
  type JsonNode,
  type JsonNumber,
  type JsonObject,
  type JsonString,
  memberOf,
  nodeAt,
  pointerTokens,
} from './tree.ts'
