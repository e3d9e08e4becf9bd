import { isUtf8 } from 'node:buffer'
import { encodeEnvelope, type Header, type HeaderValue, type Message } from '@x07-lab/msg-core'
import { extensionHeader, shortAscii } from '@x07-lab/msg-core/format'
import { headerPairs, type FetchedMessage } from '../client/fetch-answer.ts'
import { pairOf, readExtension } from './extension.ts'
import type { HeaderPair } from './header-pair.ts'

/**
 * The envelope of a message that kafkajs received: key, value and headers as they stood on the wire, in their order. A
 * header value is text where it is UTF-8. A header `x07-ext` that a driver wrote is applied, except where somebody changed
 * the headers beside it: what is on the wire comes first. Anybody else's stays a header.
 */
export function decodeWire(
  topic: string,
  { key, value, [headerPairs]: pairs }: Pick<FetchedMessage, 'key' | 'value' | typeof headerPairs>,
): Uint8Array {
  return encodeEnvelope({ topic, key, value, ...readHeaders(pairs) })
}

type Rest = Pick<Message, 'headers' | 'properties'>

/** Brokers that know no headers give none. */
function readHeaders(pairs: readonly HeaderPair[] = []): Rest {
  const headers: Header[] = []
  let at = -1
  for (const { key, value } of pairs) {
    const header = readHeader(key, value)
    if (key === extensionHeader && typeof header[1] === 'string') at = headers.length
    headers.push(header)
  }
  return at < 0 ? { headers } : (extended(headers, at) ?? { headers })
}

function readHeader(name: string, value: HeaderPair['value']): Header {
  if (value === null || typeof value === 'string') return [name, value]
  return [name, shortAscii(value, 0, value.length) ?? (isUtf8(value) ? value.toString() : value)]
}

/** What the extension at a position says, or undefined where no driver wrote it. */
function extended(headers: readonly Header[], at: number): Rest | undefined {
  const written = readExtension(headers[at]?.[1] as string)
  if (written === undefined) return undefined
  const { headers: listed, properties } = written
  const native = headers.filter((_, index) => index !== at)
  const isChanged = (header: Header, pair: Header | undefined): boolean =>
    pair === undefined || pair[0] !== header[0] || !isSameValue(pair[1], header[1])
  if (listed.length === 0) return { headers: native, ...(properties && { properties }) }
  // Headers of the reserved name are in the list alone.
  const shown = listed.flatMap((header) => {
    const pair = pairOf(header)
    return pair === undefined ? [] : [{ header, pair: readHeader(pair.key, pair.value) }]
  })
  const same = native.length === shown.length && native.every((header, n) => !isChanged(header, shown[n]?.pair))
  const merged = native.map((header, n) => {
    const one = shown[n]
    return one === undefined || isChanged(header, one.pair) ? header : one.header
  })
  const reserved = listed.filter(([name]) => name === extensionHeader)
  return { headers: same ? listed : [...merged, ...reserved], ...(properties && { properties }) }
}

function isSameValue(a: HeaderValue, b: HeaderValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return a === b
}
