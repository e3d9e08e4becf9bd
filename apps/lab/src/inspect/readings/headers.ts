import type { HeaderValue, Json, Message } from '@x07-lab/msg-core'
import { textOfHeader, type Reading } from './reading.ts'

/** Lines of a stack trace that are shown; the rest is counted. */
const shownLines = 3

/**
 * Spring's headers about retries and dead letters: 32 and 64 bit numbers, big-endian, where others write text, and whole
 * stack traces, of which the first lines are shown.
 */
export function spring({ headers }: Message): Reading | undefined {
  const fields = headers.flatMap(([name, value]): (readonly [string, Json])[] => {
    if (!/^(?:kafka_|retry_topic-|spring_|__TypeId__)/.test(name)) return []
    return [[name, bigEndian(name, value) ?? folded(textOfHeader(value) ?? null)]]
  })
  return fields.length === 0 ? undefined : { form: 'Spring headers', fields }
}

const numbers = /(?:partition|offset|timestamp|attempts|deliveryAttempt|partitionId|receivedTimestamp|backoff)/i

function bigEndian(name: string, value: HeaderValue): string | undefined {
  if (!numbers.test(name)) return undefined
  // Bytes that happen to be UTF-8 arrive as text: all zero but the last, for example.
  const bytes =
    typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? Buffer.from(value) : undefined
  if (bytes === undefined || (typeof value === 'string' && /^[ -~]*$/.test(value))) return undefined
  if (bytes.length === 4) return String(bytes.readInt32BE())
  return bytes.length === 8 ? String(bytes.readBigInt64BE()) : undefined
}

function folded(text: string | null): string | null {
  if (text === null) return null
  const lines = text.split('\n')
  if (lines.length <= shownLines + 1) return text
  return [...lines.slice(0, shownLines), `… ${lines.length - shownLines} more lines`].join('\n')
}

const w3c = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/

/** W3C trace context. */
export function traceContext({ headers }: Message): Reading | undefined {
  const header = headers.findLast(([name]) => name.toLowerCase() === 'traceparent')
  const parts = w3c.exec(textOfHeader(header?.[1]) ?? '')
  if (parts === null) return undefined
  const [, , trace = '', span = '', flags = ''] = parts
  return {
    form: 'trace context',
    fields: [
      ['trace', trace],
      ['parent span', span],
      ['sampled', (Number.parseInt(flags, 16) & 1) === 1],
    ],
  }
}

/** Newer serializers of Confluent's put the schema beside the body: 1 and a UUID, or 0 and an id in 32 bits. */
export function schemaHeaders({ headers }: Message): Reading | undefined {
  const fields = headers.flatMap(([name, value]): (readonly [string, Json])[] => {
    if (name !== '__key_schema_id' && name !== '__value_schema_id') return []
    const bytes =
      typeof value === 'string' || value instanceof Uint8Array ? Buffer.from(value as Uint8Array) : undefined
    if (bytes?.[0] === 1 && bytes.length === 17) {
      const [hex, dashed] = [bytes.toString('hex', 1), /^(.{8})(.{4})(.{4})(.{4})(.{12})$/]
      return [[name, hex.replace(dashed, '$1-$2-$3-$4-$5')]]
    }
    return bytes?.[0] === 0 && bytes.length === 5 ? [[name, bytes.readUInt32BE(1)]] : []
  })
  return fields.length === 0 ? undefined : { form: 'Confluent schema headers', fields }
}
