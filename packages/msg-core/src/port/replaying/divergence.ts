import { decodeEnvelope, type Message } from '../../format/envelope/index.ts'

/** One field in which two messages differ; values are shortened renderings. */
export interface FieldDifference {
  /** `topic`, `key`, `headers`, `properties`, `value`, a JSON Pointer below `value` such as `value/user/id`, or `bytes`. */
  readonly field: string
  readonly recorded: string
  readonly now: string
}

/** Where a program did something else than the recording, as data. */
export type Divergence =
  | {
      /** A publish whose bytes differ from the recorded request. */
      readonly kind: 'changed'
      readonly op: string
      readonly key: string
      /** Index of the recorded entry at this place of the lane. */
      readonly entry: number
      readonly differences: readonly FieldDifference[]
      /** Another entry of the lane, near, with exactly these bytes: the order changed, and the answer is that entry's. */
      readonly sameAs?: number
    }
  | {
      /** A publish beyond the last recorded one of its lane. */
      readonly kind: 'extra'
      readonly op: string
      readonly key: string
      readonly recorded: number
    }
  | {
      readonly kind: 'settled_differently'
      readonly op: string
      readonly key: string
      readonly entry: number
      readonly recorded: string
      readonly now: string
    }
  | {
      /** The program waits for what the recording gives only after something that the program did not do. */
      readonly kind: 'stalled'
      readonly op: string
      readonly key: string
      /** The entry that the program would have to publish or settle; null where the recording has nothing more. */
      readonly entry: number | null
      readonly wanted: 'publish' | 'settle' | null
    }
  | {
      /** Recorded entries that the program never asked for. */
      readonly kind: 'unused'
      readonly op: string
      readonly key: string
      /** The first of them. */
      readonly entry: number
      readonly count: number
    }

/** Longest rendering of a value in a difference, in characters. */
const shownLength = 60
/** Differences listed of one message, at most. */
const maxDifferences = 8
/** Levels of a value that are compared one by one; what is below counts as one. A message may nest deeper than any stack. */
const maxDepth = 64

/** The fields in which two envelopes differ; never empty for different bytes. */
export function compareEnvelopes(recorded: Uint8Array, now: Uint8Array): FieldDifference[] {
  let before: Message
  let after: Message
  try {
    before = decodeEnvelope(recorded)
    after = decodeEnvelope(now)
  } catch {
    return [{ field: 'bytes', recorded: shortHex(recorded), now: shortHex(now) }]
  }
  const out: FieldDifference[] = []
  const compare = (field: string, a: string, b: string): void => {
    if (a !== b) out.push({ field, recorded: shorten(a), now: shorten(b) })
  }
  compare('topic', before.topic, after.topic)
  compare('key', showBytes(before.key), showBytes(after.key))
  compare('headers', showJson(before.headers), showJson(after.headers))
  compare('properties', showJson(before.properties), showJson(after.properties))
  if (showBytes(before.value) !== showBytes(after.value)) out.push(...compareValues(before.value, after.value))
  return out.length > 0 ? out : [{ field: 'bytes', recorded: shortHex(recorded), now: shortHex(now) }]
}

function compareValues(recorded: Uint8Array | null, now: Uint8Array | null): FieldDifference[] {
  const before = parse(recorded)
  const after = parse(now)
  const out: FieldDifference[] = []
  if (before !== undefined && after !== undefined) walk('value', before.json, after.json, out, 0)
  return out.length > 0
    ? out
    : [{ field: 'value', recorded: shorten(showBytes(recorded)), now: shorten(showBytes(now)) }]
}

function walk(path: string, a: unknown, b: unknown, out: FieldDifference[], depth: number): void {
  if (out.length >= maxDifferences || Object.is(a, b)) return
  if (depth < maxDepth && isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)])
    for (const name of names) {
      const step = name.replaceAll('~', '~0').replaceAll('/', '~1')
      walk(`${path}/${step}`, ownValue(a, name), ownValue(b, name), out, depth + 1)
    }
    return
  }
  const recorded = showJson(a)
  const now = showJson(b)
  if (recorded !== now) out.push({ field: path, recorded: shorten(recorded), now: shorten(now) })
}

function ownValue(container: object, name: string): unknown {
  return Object.hasOwn(container, name) ? (container as Record<string, unknown>)[name] : undefined
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function parse(bytes: Uint8Array | null): { readonly json: unknown } | undefined {
  if (bytes === null) return undefined
  try {
    return { json: JSON.parse(Buffer.from(bytes).toString()) as unknown }
  } catch {
    return undefined
  }
}

function showJson(value: unknown): string {
  if (value === undefined) return '(absent)'
  try {
    return JSON.stringify(value)
  } catch {
    // What was parsed has no circle and no bigint: the stack was used up.
    return '(nested too deeply to show)'
  }
}

function showBytes(bytes: Uint8Array | null): string {
  if (bytes === null) return '(null)'
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? JSON.stringify(text) : `0x${Buffer.from(bytes).toString('hex')}`
}

function shortHex(bytes: Uint8Array): string {
  return `${bytes.length} bytes 0x${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}… (${text.length} characters)`
}
