import type { FieldDifference } from '@x07-lab/msg-core'
import type { Canonical } from './canonical.ts'
import { maskTokens } from './token-bind.ts'

/** Longest rendering of a value, in characters. */
const shownLength = 60
/** Differences listed of one call, at most. */
const maxDifferences = 8
/** Levels of a value that are compared one by one. */
const maxDepth = 64

/**
 * Where two calls differ: paths such as `records/orders/0/3/value/total`, and both values, shortened; made-up values only where
 * nothing else differs.
 *
 * @param onMadeUp hears of the values, in full, that differ in what is made up alone
 */
export function differencesOf(
  recorded: Canonical,
  now: Canonical,
  onMadeUp: (recorded: string, now: string) => void = () => undefined,
): FieldDifference[] {
  const found = { out: [], madeUp: [], onMadeUp }
  walk('', recorded, now, found, 0)
  return found.out.length > 0 ? found.out : found.madeUp
}

interface Found {
  readonly out: FieldDifference[]
  readonly madeUp: FieldDifference[]
  readonly onMadeUp: (recorded: string, now: string) => void
}

function walk(path: string, a: Canonical, b: Canonical, found: Found, depth: number): void {
  if (found.out.length >= maxDifferences || a === b) return
  const left = opened(a)
  const right = opened(b)
  if (depth < maxDepth && isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      walk(path === '' ? name : `${path}/${name}`, valueOf(left, name), valueOf(right, name), found, depth + 1)
    }
    return
  }
  const recorded = show(a)
  const now = show(b)
  if (recorded === now) return
  const isMadeUp = maskTokens(recorded) === maskTokens(now)
  if (isMadeUp) found.onMadeUp(recorded, now)
  const list = isMadeUp ? found.madeUp : found.out
  if (list.length < maxDifferences) list.push({ field: path, recorded: shorten(recorded), now: shorten(now) })
}

/** Bytes that are JSON of a structure are compared by its members. */
function opened(value: Canonical): Canonical {
  if (!(value instanceof Uint8Array) || (value[0] !== 0x7b && value[0] !== 0x5b)) return value
  try {
    return JSON.parse(Buffer.from(value).toString()) as Canonical
  } catch {
    return value
  }
}

function isContainer(value: Canonical): value is { readonly [name: string]: Canonical } {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

function valueOf(container: { readonly [name: string]: Canonical }, name: string): Canonical {
  return Object.hasOwn(container, name) ? container[name] : undefined
}

function show(value: Canonical): string {
  if (value === undefined) return '(absent)'
  if (value === null) return '(null)'
  if (value instanceof Uint8Array) {
    const text = textOf(value)
    return text === undefined ? hexOf(value) : JSON.stringify(text)
  }
  return JSON.stringify(readable(value))
}

/** As JSON has it, with bytes as text. */
function readable(value: Canonical): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return textOf(value) ?? hexOf(value)
  if (Array.isArray(value)) return value.map((one) => readable(one as Canonical))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readable(one)]))
}

/** Bytes as text, undefined where they are not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}

function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}… (${text.length} characters)`
}
