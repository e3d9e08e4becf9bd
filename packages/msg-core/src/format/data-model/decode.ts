import { readU32 } from './u32.ts'
import {
  DataModelError,
  DOCUMENT_ERROR,
  DOCUMENT_OK,
  KIND_BOOL,
  KIND_MAP,
  KIND_NULL,
  KIND_NUMBER,
  KIND_SEQ,
  KIND_STRING,
  MAX_DEPTH,
} from './value.ts'
import type { DataDocument, DataValue, MapEntry } from './value.ts'

/**
 * Decodes a whole document; every byte must belong to it. An empty byte string is an error document with code 0.
 * Byte fields of the result are views into `bytes`, borrowed.
 *
 * ```
 * document := 01 value | 00 u32 code, u32 length, message
 * value    := 00 | 01 byte | 02 u32 length, text | 03 u32 length, bytes
 *           | 04 u32 count, value* | 05 u32 count, (u32 length, key, value)*
 * ```
 *
 * @throws DataModelError where the bytes are not such a document, or a value in its root nests deeper than 64 levels
 */
export function decodeDocument(bytes: Uint8Array): DataDocument {
  if (bytes.length === 0) return { kind: 'error', code: 0, message: bytes }
  const reader = new ValueReader(bytes, 1)
  const document = readDocument(bytes[0]!, reader)
  if (reader.at !== bytes.length)
    throw new DataModelError(`${bytes.length - reader.at} bytes follow the value`, reader.at)
  return document
}

/**
 * Decodes one value that fills `bytes` whole. Byte fields of the result are views into `bytes`, borrowed.
 *
 * @throws DataModelError where the bytes are not one value
 */
export function decodeValue(bytes: Uint8Array): DataValue {
  const reader = new ValueReader(bytes, 0)
  const value = reader.value(0)
  if (reader.at !== bytes.length)
    throw new DataModelError(`${bytes.length - reader.at} bytes follow the value`, reader.at)
  return value
}

function readDocument(tag: number, reader: ValueReader): DataDocument {
  // Depth counts from the fields of the root, as X07's entry check does: the root itself is above zero.
  if (tag === DOCUMENT_OK) return { kind: 'ok', value: reader.value(-1) }
  if (tag !== DOCUMENT_ERROR) throw new DataModelError(`first byte is ${tag}, expected 1 (ok) or 0 (error)`, 0)
  const code = reader.u32('error code')
  return { kind: 'error', code, message: reader.bytes('error message') }
}

class ValueReader {
  readonly #source: Uint8Array
  at: number

  constructor(source: Uint8Array, at: number) {
    this.#source = source
    this.at = at
  }

  u32(what: string): number {
    if (this.#source.length - this.at < 4) throw new DataModelError(`${what} is cut short`, this.at)
    const value = readU32(this.#source, this.at)
    this.at += 4
    return value
  }

  bytes(what: string): Uint8Array {
    const start = this.at
    const length = this.u32(what)
    const left = this.#source.length - this.at
    if (length > left) throw new DataModelError(`${what} claims ${length} bytes, ${left} are there`, start)
    this.at += length
    return this.#source.subarray(this.at - length, this.at)
  }

  value(depth: number): DataValue {
    if (depth > MAX_DEPTH) throw new DataModelError(`value nests deeper than ${MAX_DEPTH} levels`, this.at)
    if (this.at >= this.#source.length) throw new DataModelError('value is missing', this.at)
    const kind = this.#source[this.at++]
    switch (kind) {
      case KIND_NULL:
        return { kind: 'null' }
      case KIND_BOOL: {
        const byte = this.#source[this.at]
        if (byte === undefined) throw new DataModelError('bool is cut short', this.at)
        this.at++
        return { kind: 'bool', byte }
      }
      case KIND_NUMBER:
        return { kind: 'number', text: this.bytes('number') }
      case KIND_STRING:
        return { kind: 'string', bytes: this.bytes('string') }
      case KIND_SEQ:
        return { kind: 'seq', items: this.#items(depth + 1) }
      case KIND_MAP:
        return { kind: 'map', entries: this.#entries(depth + 1) }
      default:
        throw new DataModelError(`kind ${kind} is unknown, expected 0 to 5`, this.at - 1)
    }
  }

  // The count is a claim: arrays grow with the values really read, never from it.
  #items(depth: number): DataValue[] {
    const count = this.u32('seq count')
    const items: DataValue[] = []
    for (let index = 0; index < count; index++) items.push(this.value(depth))
    return items
  }

  #entries(depth: number): MapEntry[] {
    const count = this.u32('map count')
    const entries: MapEntry[] = []
    for (let index = 0; index < count; index++) entries.push([this.bytes('map key'), this.value(depth)])
    return entries
  }
}
