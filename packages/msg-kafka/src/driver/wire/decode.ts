import { isUtf8 } from 'node:buffer'
import { CodecError, decodeEnvelope, encodeEnvelope, type Header, type Message } from '@x07-lab/msg-core'
import { extensionHeader, shortAscii, writeFrame } from '@x07-lab/msg-core/format'
import type { IHeaders, KafkaMessage } from 'kafkajs'
import { headerPairs } from '../client/kafkajs-repair.ts'
import type { HeaderPair } from './header-pair.ts'

const empty = new Uint8Array(0)

/**
 * The envelope of a message that kafkajs received: key, value and headers as they stood on the wire, in their order. A
 * header value is text where it is UTF-8. A header `x07-ext` that a driver wrote is applied; anybody else's stays a header.
 */
export function decodeWire(topic: string, { key, value, headers }: KafkaMessage): Uint8Array {
  return encodeEnvelope({ topic, key, value, ...readHeaders(headers) })
}

type Rest = Pick<Message, 'headers' | 'properties'>

function readHeaders(fromKafkajs: IHeaders | undefined): Rest {
  if (fromKafkajs === undefined) return { headers: [] }
  const pairs = (fromKafkajs as { [headerPairs]?: readonly HeaderPair[] })[headerPairs]
  if (pairs === undefined) return { headers: [] }
  const headers: Header[] = []
  let extension: string | undefined
  for (const { key, value } of pairs) {
    const header = readHeader(key, value)
    if (key === extensionHeader && typeof header[1] === 'string') extension = header[1]
    headers.push(header)
  }
  return extension === undefined ? { headers } : (extended(extension, headers) ?? { headers })
}

function readHeader(name: string, value: HeaderPair['value']): Header {
  if (value === null || typeof value === 'string') return [name, value]
  return [name, shortAscii(value, 0, value.length) ?? (isUtf8(value) ? value.toString() : value)]
}

/** The extension is read by the codec that writes it: inside an envelope that holds nothing else. */
function extended(extension: string, headers: readonly Header[]): Rest | undefined {
  try {
    const block = writeFrame('', empty, empty, [[extensionHeader, extension]])
    const { headers: listed, properties } = decodeEnvelope(block)
    const ordinary = headers.filter(([name]) => name !== extensionHeader)
    return { headers: listed.length > 0 ? listed : ordinary, ...(properties && { properties }) }
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
