import { writeU32 } from './u32.ts'
import {
  DOCUMENT_ERROR,
  DOCUMENT_OK,
  KIND_BOOL,
  KIND_MAP,
  KIND_NULL,
  KIND_NUMBER,
  KIND_SEQ,
  KIND_STRING,
} from './value.ts'
import type { DataDocument, DataValue, MapEntry } from './value.ts'

/** Encodes a document exactly as given: number text and bool bytes verbatim, map entries in their order. */
export function encodeDocument(document: DataDocument): Uint8Array {
  const size = document.kind === 'ok' ? 1 + sizeOf(document.value) : 9 + document.message.length
  const out = new Uint8Array(size)
  if (document.kind === 'ok') {
    out[0] = DOCUMENT_OK
    write(out, 1, document.value)
  } else {
    out[0] = DOCUMENT_ERROR
    writeU32(out, 1, document.code)
    writeBytes(out, 5, document.message)
  }
  return out
}

/** Encodes one value exactly as given. */
export function encodeValue(value: DataValue): Uint8Array {
  const out = new Uint8Array(sizeOf(value))
  write(out, 0, value)
  return out
}

/**
 * A map in canonical order: keys ascending by unsigned bytes, a proper prefix first.
 *
 * @throws RangeError where a key occurs twice: a map that readers would resolve differently is not written
 */
export function sortedMap(entries: readonly MapEntry[]): DataValue {
  const sorted = [...entries].sort((a, b) => Buffer.compare(a[0], b[0]))
  sorted.forEach(([key], index) => {
    const next = sorted[index + 1]
    if (next !== undefined && Buffer.compare(key, next[0]) === 0) {
      throw new RangeError('encode map: a key occurs twice, expected distinct keys')
    }
  })
  return { kind: 'map', entries: sorted }
}

function sizeOf(value: DataValue): number {
  switch (value.kind) {
    case 'null':
      return 1
    case 'bool':
      return 2
    case 'number':
      return 5 + value.text.length
    case 'string':
      return 5 + value.bytes.length
    case 'seq':
      return value.items.reduce((size, item) => size + sizeOf(item), 5)
    default:
      return value.entries.reduce((size, [key, item]) => size + 4 + key.length + sizeOf(item), 5)
  }
}

function write(out: Uint8Array, at: number, value: DataValue): number {
  switch (value.kind) {
    case 'null':
      out[at] = KIND_NULL
      return at + 1
    case 'bool':
      out[at] = KIND_BOOL
      out[at + 1] = value.byte
      return at + 2
    case 'number':
      out[at] = KIND_NUMBER
      return writeBytes(out, at + 1, value.text)
    case 'string':
      out[at] = KIND_STRING
      return writeBytes(out, at + 1, value.bytes)
    case 'seq': {
      out[at] = KIND_SEQ
      writeU32(out, at + 1, value.items.length)
      return value.items.reduce((position, item) => write(out, position, item), at + 5)
    }
    default: {
      out[at] = KIND_MAP
      writeU32(out, at + 1, value.entries.length)
      return value.entries.reduce((position, [key, item]) => write(out, writeBytes(out, position, key), item), at + 5)
    }
  }
}

function writeBytes(out: Uint8Array, at: number, bytes: Uint8Array): number {
  writeU32(out, at, bytes.length)
  out.set(bytes, at + 4)
  return at + 4 + bytes.length
}
