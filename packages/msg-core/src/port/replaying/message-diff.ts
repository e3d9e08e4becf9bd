import { decodeEnvelope, type Header, type HeaderValue, type Message } from '../../format/envelope/index.ts'
import type { FieldDifference } from '../../playback/index.ts'

/** Longest rendering of a value in a difference, in characters. */
const shownLength = 60
/** Differences listed of one message, at most. */
const maxDifferences = 8
/** Levels of a value that are compared one by one; what is below counts as one. A message may nest deeper than any stack. */
const maxDepth = 64

/**
 * Asked for each place in which two messages differ, with the values there (undefined where one has none): true leaves it
 * out of the differences.
 */
export type Excuse = (path: string, recorded: unknown, now: unknown) => boolean

/** The places in which two messages differ, each with its smallest path; the first eight. */
export function differencesOf(recorded: Message, now: Message, excuse: Excuse = () => false): FieldDifference[] {
  const out = new Differences(excuse)
  out.compare('topic', recorded.topic, now.topic)
  out.compare('key', showBytes(recorded.key), showBytes(now.key), textOf(recorded.key), textOf(now.key))
  compareHeaders(out, recorded.headers, now.headers)
  walk(out, 'properties', recorded.properties ?? {}, now.properties ?? {}, 0)
  compareValues(out, recorded.value, now.value)
  return out.list
}

class Differences {
  readonly list: FieldDifference[] = []
  /** Places that differed and were excused. */
  excused = 0
  readonly #excuse: Excuse

  constructor(excuse: Excuse) {
    this.#excuse = excuse
  }

  get full(): boolean {
    return this.list.length >= maxDifferences
  }

  compare(field: string, recorded: string, now: string, was: unknown = recorded, is: unknown = now): void {
    if (recorded === now) return
    if (this.#excuse(field, was, is)) this.excused++
    else if (!this.full) this.list.push({ field, recorded: shorten(recorded), now: shorten(now) })
  }
}

function compareHeaders(out: Differences, recorded: readonly Header[], now: readonly Header[]): void {
  const names = (headers: readonly Header[]): string[] => headers.map(([name]) => name)
  const [before, after] = [byName(recorded), byName(now)]
  for (const name of new Set([...names(recorded), ...names(now)])) {
    const [was, is] = [before.get(name) ?? [], after.get(name) ?? []]
    for (let at = 0; at < Math.max(was.length, is.length); at++) {
      out.compare(`headers/${escaped(name)}`, showHeader(was[at]), showHeader(is[at]), was[at], is[at])
    }
  }
  const sameNames = names(recorded).toSorted().join('\0') === names(now).toSorted().join('\0')
  if (sameNames) out.compare('headers', showJson(names(recorded)), showJson(names(now)))
}

function byName(headers: readonly Header[]): Map<string, HeaderValue[]> {
  const found = new Map<string, HeaderValue[]>()
  for (const [name, value] of headers) found.set(name, [...(found.get(name) ?? []), value])
  return found
}

function compareValues(out: Differences, recorded: Uint8Array | null, now: Uint8Array | null): void {
  const [was, is] = [showBytes(recorded), showBytes(now)]
  if (was === is) return
  const [before, after] = [parse(recorded), parse(now)]
  const seen = out.list.length + out.excused
  if (before !== undefined && after !== undefined) walk(out, 'value', before.json, after.json, 0)
  // Equal as JSON and other bytes, or no JSON at all.
  if (out.list.length + out.excused === seen) out.compare('value', was, is, textOf(recorded), textOf(now))
}

function walk(out: Differences, path: string, a: unknown, b: unknown, depth: number): void {
  if (out.full || Object.is(a, b)) return
  if (depth < maxDepth && isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b)) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      walk(out, `${path}/${escaped(name)}`, ownValue(a, name), ownValue(b, name), depth + 1)
    }
    return
  }
  out.compare(path, showJson(a), showJson(b), a, b)
}

/** A name as a step of a JSON Pointer (RFC 6901). */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
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

function showHeader(value: HeaderValue | undefined): string {
  return value instanceof Uint8Array ? showBytes(value) : showJson(value)
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
  const text = textOf(bytes)
  if (bytes === null) return '(null)'
  return text === undefined ? `0x${Buffer.from(bytes).toString('hex')}` : JSON.stringify(text)
}

/** Bytes as text, where they are one. */
function textOf(bytes: Uint8Array | null): string | undefined {
  if (bytes === null) return undefined
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}

/** How bytes that are not an envelope are shown. */
export function shortHex(bytes: Uint8Array): string {
  return `${bytes.length} bytes 0x${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`
}

/** A message in some words: where it goes, its key and the beginning of its value. */
export function inWords(envelope: Uint8Array): string {
  try {
    const { topic, key, value } = decodeEnvelope(envelope)
    return `${shorten(topic)}, key ${shorten(showBytes(key))}, value ${shorten(textOf(value) ?? showBytes(value))}`
  } catch {
    return shortHex(envelope)
  }
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}… (${text.length} characters)`
}
