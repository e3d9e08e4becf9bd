import { type JsonObject } from '@x07-lab/msg-core'
import { canonicalJson, checkIJson } from '@x07-lab/msg-core/format'
import canonicalize from 'canonicalize'
import { UserError } from '../user-error.ts'
import { envelopeOf, type EventSource } from './event.ts'
import { readLines } from './lines.ts'
import { parsePointer, valueAt } from './pointer.ts'
import { roundsAnInteger } from './rounded.ts'

/** A person's own events: newline-delimited JSON, one value a line. */
export interface NdjsonOptions {
  readonly topic: string
  /** What messages call the input: the file's name as given, or `standard input`. */
  readonly name: string
  readonly chunks: (signal?: AbortSignal) => AsyncIterable<Uint8Array>
  /** JSON Pointer (RFC 6901) of the value that is the event's key. */
  readonly keyPointer: string
  /** The topic's limit of a payload in RFC 8785 form, in bytes. */
  readonly maxValueBytes: number
  /** The most events one recording may hold. */
  readonly maxMessages: number
}

/** White space and long forms may make a line longer than its canonical form; ten times the limit is certainly none. */
const maxLineFactor = 10

/**
 * Reads events as they come; at most one line is in memory. Blank lines count but carry nothing.
 *
 * @throws UserError naming the line: not JSON, not carried by RFC 8785, above the topic's limit, too many
 */
export function ndjsonEvents(options: NdjsonOptions): EventSource {
  const { topic, name, chunks, maxValueBytes, maxMessages } = options
  const pointer = parsePointer(options.keyPointer)
  let n = 0
  const rounded = { events: 0, firstLine: 0 }
  return {
    total: undefined,
    describe: (): JsonObject => ({ source: 'ndjson', messages: n, key_pointer: options.keyPointer }),
    remark() {
      const { events, firstLine } = rounded
      if (events === 0) return undefined
      const counted = events === 1 ? '1 event holds integers' : `${events} events hold integers`
      return `${name}: ${counted} beyond 2^53 that RFC 8785 rounds, first in line ${firstLine}; write them as strings to keep every digit`
    },
    async *envelopes(signal) {
      for await (const { number, bytes } of readLines(chunks(signal), maxValueBytes * maxLineFactor)) {
        const at = `${name} line ${number}`
        if (bytes === undefined) {
          throw new UserError(
            `${at}: longer than ${maxValueBytes * maxLineFactor} bytes; max_value_bytes of topic ${topic} is ${maxValueBytes}; shorten it, or raise the limit in arch/msg/index.x07msg.json`,
          )
        }
        if (isBlank(bytes)) continue
        if (n === maxMessages)
          throw new UserError(
            `${at}: more than ${maxMessages} events; the policy's max_entries holds no more, split the input`,
          )
        const { value, payload, rounds } = parseLine(at, bytes)
        if (rounds && rounded.events++ === 0) rounded.firstLine = number
        const size = Buffer.byteLength(payload)
        if (size > maxValueBytes) {
          throw new UserError(
            `${at}: the event has ${size} bytes in RFC 8785 form, max_value_bytes of topic ${topic} is ${maxValueBytes}; shorten it, or raise the limit in arch/msg/index.x07msg.json`,
          )
        }
        yield envelopeOf(topic, { n: n++, key: keyOf(valueAt(value, pointer)), payload })
      }
      if (n === 0) throw new UserError(`${name}: holds no events; give one JSON value a line`)
    },
  }
}

function parseLine(at: string, bytes: Uint8Array): { value: unknown; payload: string; rounds: boolean } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    const value: unknown = JSON.parse(text)
    const payload = canonicalize(value)
    // A line in canonical form cannot have lost anything; any other is read again by the strict reader.
    if (payload === text.trim() && Buffer.byteLength(text) === bytes.length) return { value, payload, rounds: false }
  } catch {
    // The strict reader says what is wrong, and where.
  }
  const fault = checkIJson(bytes)
  if (fault !== undefined)
    throw new UserError(
      `${at}, column ${fault.col}: ${fault.reason}; give one JSON value a line that RFC 8785 can carry`,
    )
  const value: unknown = JSON.parse(text)
  return { value, payload: canonicalJson(value), rounds: roundsAnInteger(text) }
}

/** A text is its own key; any other value's key is its canonical JSON; a value that is not there or null gives none. */
function keyOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : canonicalJson(value)
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false
  return true
}
