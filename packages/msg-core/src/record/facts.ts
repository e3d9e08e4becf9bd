import type { Facts } from '../driver/index.ts'

/** What frozen facts come to: a driver gives the same ones with many messages. */
const encoded = new WeakMap<Facts, Uint8Array>()

/**
 * The canonical JSON (RFC 8785) of flat facts. A driver builds its facts in sorted order, so that this is one
 * `JSON.stringify`; unsorted facts are sorted first. Those of frozen facts are the same bytes every time.
 */
export function encodeFacts(facts: Facts): Uint8Array {
  if (!Object.isFrozen(facts)) return encode(facts)
  let bytes = encoded.get(facts)
  if (bytes === undefined) {
    bytes = encode(facts)
    encoded.set(facts, bytes)
  }
  return bytes
}

function encode(facts: Facts): Uint8Array {
  return Buffer.from(JSON.stringify(isSorted(facts) ? facts : sorted(facts)))
}

/** Reads what {@link encodeFacts} wrote. Anything else, such as X07's `OK`, is given as `{ ack: text }`. */
export function decodeFacts(bytes: Uint8Array): Facts {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Facts
  } catch {
    // Not JSON: an acknowledgement of somebody else's making.
  }
  return { ack: text }
}

function isSorted(facts: Facts): boolean {
  let previous = ''
  for (const name in facts) {
    if (name < previous) return false
    previous = name
  }
  return true
}

function sorted(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1)))
}
