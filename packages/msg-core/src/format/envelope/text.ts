import { Buffer } from 'node:buffer'

/*
 * Topics, header names and header values: mostly short, mostly ASCII, and mostly the same from message to message. For such
 * texts a loop over the bytes beats a call into the decoder or encoder, and the text read last time beats a new one.
 */

/** Most bytes of a short text. */
const shortText = 32

/** Texts read before, each where its bytes lead; a later one takes the place. */
const recent: string[] = Array.from({ length: 512 }, () => '')

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const { latin1Slice } = Buffer.prototype

/** The text of UTF-8 bytes, or undefined where they are not UTF-8. A byte-order mark is kept as a character. */
export function utf8Text(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = shortAscii(bytes, start, end)
  if (text !== undefined) return text
  try {
    return strictUtf8.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

/** The text of ASCII bytes, or undefined where one is none. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  return end - start <= shortText ? shortAscii(bytes, start, end) : allAscii(bytes, start, end)
}

/**
 * The text of at most 32 bytes that are all ASCII; undefined for any others. For drivers too: texts that come again are not
 * made again.
 */
export function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  const length = end - start
  if (length > shortText) return undefined
  if (length === 0) return ''
  const first = bytes[start] ?? 0
  const slot =
    (length * 67 + first * 5 + (bytes[end - 1] ?? 0) * 31 + (bytes[start + (length >> 1)] ?? 0)) % recent.length
  const text = recent[slot] ?? ''
  if (text.length === length && isTextOf(text, bytes, start)) return text
  const fresh = allAscii(bytes, start, end)
  if (fresh !== undefined) recent[slot] = fresh
  return fresh
}

function isTextOf(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

function allAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return undefined
  return latin1Slice.call(bytes, start, end)
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** Bytes of a text in UTF-8. */
export function textBytes(text: string): number {
  return text.length <= shortText && isAscii(text) ? text.length : Buffer.byteLength(text)
}

/** Writes a text of {@link textBytes} `length` as UTF-8. */
export function putText(out: Buffer, at: number, text: string, length: number): void {
  // As many bytes as units: ASCII.
  if (length > shortText || length !== text.length) out.write(text, at, 'utf8')
  else for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i)
}
