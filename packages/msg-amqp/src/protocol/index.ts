export { ByteWriter, shortStringMaxBytes, type Text } from './bytes.ts'
export { commandJson, propertiesJson } from './command-json.ts'
export {
  commandReader,
  defaultMaxBodyBytes,
  encodeCommand,
  readContentHeader,
  writeContentHeader,
  type Command,
  type CommandReader,
  type CommandReaderOptions,
  type Content,
} from './commands.ts'
export { fieldFromJson, fieldOf, fieldToJson, headerValueOf, tableFromJson, tableToJson } from './field-json.ts'
export {
  maxTableDepth,
  readTable,
  writeTable,
  type FieldTable,
  type FieldValue,
  type TableGrammar,
} from './field-table.ts'
export {
  bodyFrame,
  defaultMaxFrameBytes,
  frameEnd,
  frameHeaderBytes,
  headerFrame,
  methodFrame,
  frameMinBytes,
  frameOverheadBytes,
  frameCutter,
  frameReader,
  protocolHeader,
  putFrame,
  writeFrame,
  type Frame,
  type FrameReader,
} from './frames.ts'
export { putBytes, putU32, shortBytes, u16At, u32At } from './in-place.ts'
export type { ArgumentKind } from './method-layout.ts'
export {
  contentMethods,
  methodId,
  readMethod,
  writeMethod,
  type Method,
  type MethodArguments,
  type MethodName,
} from './methods.ts'
export { readProperties, writeProperties, type Properties, type PropertyName } from './properties.ts'
