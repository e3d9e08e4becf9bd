import type { Header, HeaderValue, Json, Message, Metadata } from '@x07-lab/msg-core'
import { oneLine } from '@x07-lab/msg-core/kit'
import type { Causes } from './causes.ts'
import { messagesOf, sizeOf, type EntryView, type Placed } from './entry-view.ts'
import { readMessage, type MessageReader, type Reading } from './readings/index.ts'
import { keyText, utf8 } from './readings/reading.ts'

/** Bytes of a row in a hex dump. */
const hexColumns = 16
/** Bytes of a body that are dumped as hex, and characters that are shown as text, of one entry. */
const shownBytes = 4_096
const shownCharacters = 65_536

/** The body as one text: inside its wrappings, and as its readings say where the bytes are no text. */
export function bodyText(message: Message, own?: readonly MessageReader[]): string {
  const { readings, body } = readMessage(message, own)
  if (body === null) return '(null)'
  if (body.length === 0) return '(empty)'
  const plain = utf8(body)
  if (plain !== undefined) return plain
  const last = readings.at(-1)
  if (last !== undefined && last.inner === undefined)
    return `${last.form} ${JSON.stringify(Object.fromEntries(last.fields))}`
  return `0x${Buffer.from(body.subarray(0, 64)).toString('hex')}${body.length > 64 ? '…' : ''}`
}

/** One entry in a line: number, time, what, lane, key, size, outcome, the first words of the body. */
export function entryLine(view: EntryView, width: number, own?: readonly MessageReader[]): string {
  const { entry, kind, op, lane, message, outcome, ticks } = view
  const columns = [
    String(entry).padStart(7),
    duration(ticks).padStart(9),
    (kind === 'other' ? op : kind).padEnd(8),
    lane,
    ...(message === undefined ? [] : [message.topic, keyText(message.key)]),
    `${sizeOf(view)} B`,
    outcome,
    ...(view.more === undefined || view.more.length === 0 ? [] : [`${view.more.length + 1} messages`]),
    message === undefined ? otherText(view) : bodyText(message, own),
  ]
  const line = oneLine(columns.filter((column) => column !== '').join('  '))
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}

function otherText({ said, reason, raw }: EntryView): string {
  if (said !== undefined) return said.line
  if (reason !== undefined) return reason
  const bytes = raw.resp.length > 0 ? raw.resp : raw.req
  return utf8(bytes.subarray(0, 200)) ?? ''
}

/** Microseconds as people read them. */
export function duration(micros: number): string {
  if (micros < 1_000) return `${micros} µs`
  if (micros < 1_000_000) return `${(micros / 1_000).toFixed(1)} ms`
  return `${(micros / 1_000_000).toFixed(2)} s`
}

/** One entry whole: what it says, its causes, its readings, its body as JSON, text or hex. */
export function entryDetails(view: EntryView, causes: Causes, own?: readonly MessageReader[]): string[] {
  const { entry, kind, op, lane, outcome, message, metadata, said, reason, begin, ticks, bytes, raw } = view
  const cause = kind === 'delivery' ? causes.causeOf(entry) : undefined
  const effects = kind === 'publish' ? causes.effectsOf(entry) : []
  const lines = [
    `entry ${entry}  ${kind === 'other' ? op : kind}  ${outcome}`,
    ...row('op', Buffer.from(raw.op).toString()),
    ...row('lane', lane),
    ...row('took', `${duration(ticks)}${begin === undefined ? '' : `, began at position ${begin}`}`),
    ...row('size', `${bytes} bytes in the cassette`),
    ...(cause === undefined ? [] : row('caused by', `entry ${cause}, the publish of this message`)),
    ...(effects.length === 0 ? [] : row('caused', effects.map((one) => `entry ${one}`).join(', '))),
    ...metadataLines(metadata),
    ...(reason === undefined ? [] : row('reason', reason)),
  ]
  if (said !== undefined)
    return [...lines, ...row('says', said.line), ...body('fields', Buffer.from(JSON.stringify(said.fields)))].map(
      oneLine,
    )
  if (message === undefined) return [...lines, ...body('request', raw.req), ...body('response', raw.resp)].map(oneLine)
  const [first, ...more] = messagesOf(view)
  return [
    ...lines,
    ...(first === undefined ? [] : messageLines(first, own)),
    ...more.flatMap((one, at) => [
      `  message ${at + 2} of ${more.length + 1}`,
      ...metadataLines(one.metadata),
      ...messageLines(one, own),
    ]),
  ].map(oneLine)
}

function metadataLines(metadata: Metadata): string[] {
  return Object.entries(metadata).flatMap(([name, value]) => row(name, String(value)))
}

function messageLines({ message }: Placed, own?: readonly MessageReader[]): string[] {
  const { readings, body: inner } = readMessage(message, own)
  return [
    ...row('topic', message.topic),
    ...row('key', keyText(message.key)),
    ...message.headers.map((header) => `  header     ${headerLine(header)}`),
    ...Object.entries(message.properties ?? {}).flatMap(([name, value]) =>
      row(`property`, `${name}: ${jsonText(value)}`),
    ),
    ...readings.flatMap(readingLines),
    ...body('value', inner),
  ]
}

function row(name: string, value: string): string[] {
  return [`  ${name.padEnd(10)} ${value}`]
}

/** A header with its type, where it is not text: `retries: int 3`, `id: bytes 0x00ff`. */
export function headerLine([name, value]: Header): string {
  return `${name}: ${headerValue(value)}`
}

function headerValue(value: HeaderValue): string {
  if (value === null) return '(null)'
  if (typeof value === 'string') return value === '' ? '(empty)' : value
  if (value instanceof Uint8Array) return `bytes 0x${Buffer.from(value).toString('hex')}`
  return `${value.type} ${jsonText(value.value)}`
}

function readingLines({ form, fields }: Reading): string[] {
  return [
    `  read as    ${form}`,
    ...fields.flatMap(([name, value]) =>
      jsonText(value)
        .split('\n')
        .map((line, index) => `    ${index === 0 ? `${name}: ` : '  '}${line}`),
    ),
  ]
}

function jsonText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function body(name: string, bytes: Uint8Array | null): string[] {
  if (bytes === null) return row(name, '(null)')
  if (bytes.length === 0) return row(name, '(empty)')
  const text = utf8(bytes)
  if (text === undefined) return [`  ${name}, ${bytes.length} bytes`, ...hexDump(bytes)]
  return [
    `  ${name}, ${bytes.length} bytes`,
    ...shorten(pretty(text))
      .split('\n')
      .map((line) => `    ${line}`),
  ]
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function shorten(text: string): string {
  return text.length <= shownCharacters
    ? text
    : `${text.slice(0, shownCharacters)}… (${text.length - shownCharacters} more characters)`
}

function hexDump(bytes: Uint8Array): string[] {
  const shown = Buffer.from(bytes.subarray(0, shownBytes))
  const lines: string[] = []
  for (let at = 0; at < shown.length; at += hexColumns) {
    const part = shown.subarray(at, at + hexColumns)
    const hex = (part.toString('hex').match(/../g) ?? []).join(' ')
    const ascii = part.toString('latin1').replaceAll(/[^ -~]/g, '.')
    lines.push(`    ${at.toString(16).padStart(8, '0')}  ${hex.padEnd(hexColumns * 3 - 1)}  ${ascii}`)
  }
  return bytes.length > shown.length ? [...lines, `    … ${bytes.length - shown.length} more bytes`] : lines
}
