import { isUtf8 } from 'node:buffer'
import type { Header, Json, Message, Metadata } from '@x07-lab/msg-core'
import type { CassetteReader, Entry } from '@x07-lab/msg-core/format'
import type { Fields, FieldValue } from '@x07-lab/msg-kafka/protocol'
import { kafkaEntryReader, type KafkaReading, type RecordReading } from '@x07-lab/msg-kafka/socket'
import type { SocketPart } from './entry-view.ts'

/** Ops of Kafka at the socket; `client_dial` to `session`, not those of the driver port. */
const socketOp = /^std\.msg\.kafka\.(?:client_\w+|server_\w+|session)_v1$/
/** Characters of a field in a line. */
const shownCharacters = 60

/** Fields that hold what proves who somebody is: their content is never shown. */
const secretFields = new Set(['authBytes', 'saltedPassword', 'salt', 'hmac'])
/** Settings of a broker or a topic of which the value is never shown, by their names. */
const secretSettings = /password|secret|credential|jaas|key$/i

const other: SocketPart = { kind: 'other', outcome: '', message: undefined, metadata: {}, reason: undefined }

type ReadEntry = (entry: number) => Iterable<KafkaReading>
const readers = new WeakMap<CassetteReader, { readonly count: number; readonly read: ReadEntry }>()

/**
 * An entry of Kafka at the socket: a Produce is a publish, what a Fetch gave is a delivery, each of its first record with the
 * others behind it; every other call and answer is a line with its fields. Undefined for another op, and for bytes that are no call.
 */
export function viewKafka(cassette: CassetteReader, entry: number, op: string, raw: Entry): SocketPart | undefined {
  if (!socketOp.test(op)) return undefined
  try {
    // Which topic an id names and what a call was answered is in other entries.
    return partOf([...readerOf(cassette, entry)(entry)], raw)
  } catch {
    // Bytes that are something else are shown as what they are.
    return undefined
  }
}

function readerOf(cassette: CassetteReader, entry: number): ReadEntry {
  const known = readers.get(cassette)
  // A cassette that is being written has more entries than it had.
  if (known !== undefined && entry < known.count) return known.read
  let read: ReadEntry
  try {
    read = kafkaEntryReader(cassette)
  } catch {
    // It is tried once, whatever the number of entries.
    read = () => []
  }
  readers.set(cassette, { count: cassette.count, read })
  return read
}

function partOf(readings: readonly KafkaReading[], { err }: Entry): SocketPart | undefined {
  const [first] = readings
  if (first === undefined) return undefined
  if (first.kind === 'other') return viewOther(first, err !== 0)
  if (first.kind === 'commit') {
    const positions = readings.flatMap((one) => (one.kind === 'commit' ? [one] : []))
    const places = positions.map(({ topic, partition, offset }) => `${topic}/${partition} at ${offset}`)
    const refused = positions.find(({ errorCode }) => errorCode !== 0)
    const fields = { group: first.group, positions: places }
    return {
      ...other,
      ...(refused === undefined ? {} : { outcome: 'refused' }),
      said: { line: `commit of ${first.group}: ${shorten(places.join(', '))}`, fields },
    }
  }
  const [message, ...more] = readings.flatMap((one) =>
    one.kind === 'publish' || one.kind === 'delivery' ? [messageOf(one.record)] : [],
  )
  if (message === undefined) return undefined
  return { ...other, kind: first.kind, ...message, more, ...(first.kind === 'publish' ? answerOf(first) : {}) }
}

/** What the broker said of a publish; nothing where the recording has no answer. */
function answerOf({ confirm, errorCode }: KafkaReading & { kind: 'publish' }): Pick<SocketPart, 'outcome' | 'reason'> {
  if (confirm === undefined) return { outcome: '', reason: undefined }
  return errorCode === 0
    ? { outcome: 'confirmed', reason: undefined }
    : { outcome: 'refused', reason: `error code ${errorCode}` }
}

function messageOf(record: RecordReading): { readonly message: Message; readonly metadata: Metadata } {
  const { topic, partition, offset, key, value, headers, timestamp } = record
  return {
    message: {
      topic,
      key,
      value,
      headers: headers.map((header): Header => [
        Buffer.from(header.key).toString(),
        header.value !== null && isUtf8(header.value) ? Buffer.from(header.value).toString() : header.value,
      ]),
    },
    metadata: {
      partition,
      ...(offset === undefined ? {} : { offset: String(offset) }),
      ...(timestamp < 0n ? {} : { timestamp: String(timestamp) }),
    },
  }
}

function viewOther({ text, request, response }: KafkaReading & { kind: 'other' }, failed: boolean): SocketPart {
  if (failed) return { ...other, outcome: 'failed', reason: text }
  const [asked, answered] = [request, response].map((fields) => (fields === undefined ? '' : wordsOf(fields)))
  const line = [text, asked, ...(response === undefined ? [] : ['->', answered])]
    .filter((word) => word !== '')
    .join(' ')
  return {
    ...other,
    said: {
      line,
      fields: {
        call: text,
        ...(request === undefined ? {} : { request: jsonOf(request) }),
        ...(response === undefined ? {} : { response: jsonOf(response) }),
      },
    },
  }
}

/** The fields that say something, each in a few words. */
function wordsOf(fields: Fields): string {
  return Object.entries(jsonOf(fields) as Readonly<Record<string, Json>>)
    .flatMap(([name, value]) => {
      const text = wordOf(value)
      return text === '' ? [] : [`${name} ${shorten(text)}`]
    })
    .join(', ')
}

/** Empty for what is the absence of something: null, false, 0, an empty list. */
function wordOf(value: Json): string {
  if (value === null || value === false || value === 0 || value === '0') return ''
  if (Array.isArray(value)) return (value as readonly Json[]).map(wordOf).join(', ')
  if (typeof value !== 'object') return String(value)
  const words = Object.entries(value).flatMap(([name, inner]) => {
    const text = wordOf(inner)
    // The name of a thing says that it is one.
    return text === '' ? [] : [name === 'name' || name === 'topic' ? text : `${name} ${text}`]
  })
  return words.join(' ')
}

function jsonOf(value: FieldValue): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return value
  if (value instanceof Uint8Array) {
    return isUtf8(value) ? Buffer.from(value).toString() : { b64: Buffer.from(value).toString('base64') }
  }
  if (Array.isArray(value)) return value.map(jsonOf)
  const setting = typeof value['name'] === 'string' && secretSettings.test(value['name'])
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretFields.has(name) || (setting && name === 'value') ? '(secret)' : jsonOf(inner),
    ]),
  )
}

function shorten(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`
}
