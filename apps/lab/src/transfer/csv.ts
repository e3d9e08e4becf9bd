import { keyText } from '../inspect/readings/reading.ts'
import { utf8 } from '../inspect/readings/reading.ts'
import type { LineForm } from './form.ts'

const columns = ['where', 'topic', 'key', 'value', 'headers', 'properties', 'metadata']

/**
 * A table for a spreadsheet (RFC 4180), one way. Bytes that are not UTF-8 are hex. A cell that a spreadsheet would take for a formula
 * gets an apostrophe in front.
 */
export const csv: LineForm = {
  wire: undefined,
  *write(messages, lose) {
    yield columns.join(',')
    for (const { message, metadata, where } of messages) {
      const { topic, key, value, headers, properties } = message
      if (value !== null && utf8(value) === undefined) lose(where, 'its value as bytes; hex stands for it')
      const cells = [
        where,
        topic,
        keyText(key),
        keyText(value),
        headers.length === 0
          ? ''
          : JSON.stringify(headers.map(([name, held]) => [name, held instanceof Uint8Array ? keyText(held) : held])),
        properties === undefined ? '' : JSON.stringify(properties),
        Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata),
      ]
      yield cells.map(cell).join(',')
    }
  },
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(?:\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
