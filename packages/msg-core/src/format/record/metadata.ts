import type { Metadata, Outcome } from './types.ts'

/** What frozen metadata come to: a driver gives the same ones with many messages. */
const encoded = new WeakMap<Metadata, Uint8Array>()

/**
 * The canonical JSON (RFC 8785) of flat metadata. A driver builds its metadata in sorted order, so that this is one
 * `JSON.stringify`; unsorted metadata are sorted first. Those of frozen metadata are the same bytes every time.
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  if (!Object.isFrozen(metadata)) return encode(metadata)
  let bytes = encoded.get(metadata)
  if (bytes === undefined) {
    bytes = encode(metadata)
    encoded.set(metadata, bytes)
  }
  return bytes
}

function encode(metadata: Metadata): Uint8Array {
  return Buffer.from(JSON.stringify(isSorted(metadata) ? metadata : sorted(metadata)))
}

/**
 * Reads what {@link encodeMetadata} or {@link encodeSettled} wrote. Anything else, such as X07's `OK`, is given as
 * `{ ack: text }`.
 */
export function decodeMetadata(bytes: Uint8Array): Metadata {
  const metadata = parse(bytes)
  if (metadata === undefined) return { ack: textOf(bytes) }
  if (!(discardName in metadata)) return metadata
  const { [discardName]: _, ...others } = metadata
  return others
}

function parse(bytes: Uint8Array): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(textOf(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Metadata
  } catch {
    // Not JSON: an acknowledgement of somebody else's making.
  }
  return undefined
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

/**
 * The ack part of a settled delivery. X07 knows two tags, 1 for an ack and 2 for the rest; that a delivery was discarded and
 * not rejected stands beside its metadata, under a name that no driver uses.
 */
export function encodeSettled(metadata: Metadata, outcome: Outcome): Uint8Array {
  return outcome === 'discard' ? encode({ ...metadata, [discardName]: true }) : encodeMetadata(metadata)
}

/** What {@link encodeSettled} says of a delivery. */
export function outcomeOf(ackTag: number, ack: Uint8Array): Outcome {
  if (ackTag !== 2) return 'ack'
  return parse(ack)?.[discardName] === true ? 'discard' : 'reject'
}

const discardName = '!discarded'

function isSorted(metadata: Metadata): boolean {
  let previous = ''
  for (const name in metadata) {
    if (name < previous) return false
    previous = name
  }
  return true
}

function sorted(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)))
}
