import {
  CodecError,
  decodeEnvelope,
  encodeEnvelope,
  type Header,
  type JsonObject,
  type Message,
} from '@x07-lab/msg-core'
import { extensionHeader, readFrame, readHeaders, writeFrame } from '@x07-lab/msg-core/format'
import { asBuffer } from '@x07-lab/msg-core/kit'
import type { HeaderPair } from './header-pair.ts'

/** What `x07-ext` says: the whole list of headers, and the transport's properties. */
export type Extension = Pick<Message, 'headers' | 'properties'>

const empty = new Uint8Array(0)

/** The ordinary header that other clients see, or undefined for one of the reserved name. */
export function pairOf([name, value]: Header): HeaderPair | undefined {
  if (name === extensionHeader) return undefined
  if (value === null || typeof value === 'string') return { key: name, value }
  if (value instanceof Uint8Array) return { key: name, value: asBuffer(value) }
  return { key: name, value: typeof value.value === 'string' ? value.value : JSON.stringify(value.value) }
}

/** The extension as the codec writes it: into an envelope that holds nothing else. */
export function extensionOf(headers: readonly Header[], properties: JsonObject | undefined): string {
  const envelope = encodeEnvelope({ topic: '', key: empty, value: empty, headers, ...(properties && { properties }) })
  return readHeaders(readFrame(envelope).headers).find(([name]) => name === extensionHeader)?.[1] ?? '{}'
}

/**
 * Reads an extension by the codec that writes it, inside an envelope that holds nothing else; undefined for text that no
 * driver wrote.
 */
export function readExtension(text: string): Extension | undefined {
  try {
    const block = writeFrame('', empty, empty, [[extensionHeader, text]])
    const { headers, properties } = decodeEnvelope(block)
    const listed = headers.some(([name, value]) => name === extensionHeader && value === text) ? [] : headers
    if (listed.length === 0 && properties === undefined) return undefined
    // Byte for byte what a driver writes for this.
    return extensionOf(listed, properties) === text ? { headers: listed, ...(properties && { properties }) } : undefined
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
