import { decodeEnvelope, type Message } from '../../format/envelope/index.ts'
import type { FieldDifference } from '../../playback/index.ts'

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
