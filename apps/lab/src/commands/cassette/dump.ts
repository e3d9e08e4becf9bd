import type { Writable } from 'node:stream'
import { decodeDocument, type DataValue } from '@x07-lab/msg-core/format'
import { LineWriter, safeJson } from '../../cli/stdout.ts'
import { openLocated } from './locate.ts'

/**
 * Writes every entry as one JSON object a line: `{"index","offset","length","fields":{NAME: VALUE}}`. A value is
 * `{"string": HEX}`, `{"number": TEXT}`, `{"null": true}`, `{"bool": …}`, `{"seq": […]}` or `{"map": [[HEX, VALUE]…]}`; text
 * that is not ASCII stands as `number_hex`, a bool byte beyond 1 as `bool_byte`, a name that is not UTF-8 as `hex:…`.
 */
export async function dump(root: string, file: string, output: Writable): Promise<void> {
  using cassette = openLocated(root, file)
  const lines = new LineWriter(output)
  let offset = 0
  try {
    for (let index = 0; index < cassette.count; index++) {
      const document = cassette.entry(index)
      const line = JSON.stringify({ index, offset, length: document.length, fields: fieldsOf(document) })
      const full = lines.add(safeJson(line))
      if (full !== undefined) await full
      offset += 4 + document.length
    }
  } finally {
    await lines.flush()
  }
}

/** The fields of an entry document as JSON, by name. */
export function fieldsOf(document: Uint8Array): Record<string, unknown> {
  const decoded = decodeDocument(document)
  if (decoded.kind !== 'ok' || decoded.value.kind !== 'map') return {}
  return Object.fromEntries(decoded.value.entries.map(([key, value]) => [nameOf(key), showValue(value)]))
}

function showValue(value: DataValue): unknown {
  switch (value.kind) {
    case 'null':
      return { null: true }
    case 'bool':
      return value.byte > 1 ? { bool_byte: value.byte } : { bool: value.byte === 1 }
    case 'number':
      return isAscii(value.text)
        ? { number: Buffer.from(value.text).toString('latin1') }
        : { number_hex: hex(value.text) }
    case 'string':
      return { string: hex(value.bytes) }
    case 'seq':
      return { seq: value.items.map(showValue) }
    case 'map':
      return { map: value.entries.map(([key, inner]) => [hex(key), showValue(inner)]) }
  }
}

function nameOf(name: Uint8Array): string {
  const text = Buffer.from(name).toString()
  return Buffer.from(text).equals(name) && !text.startsWith('hex:') ? text : `hex:${hex(name)}`
}

function isAscii(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
