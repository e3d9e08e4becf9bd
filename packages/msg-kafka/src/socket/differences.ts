import type { FieldDifference } from '@x07-lab/msg-core'
import type { Canonical } from './canonical.ts'

/** Longest rendering of a value, in characters. */
const shownLength = 60
/** Differences listed of one call, at most. */
const maxDifferences = 8
/** Levels of a value that are compared one by one. */
const maxDepth = 64

/** Where two calls differ: paths such as `records/orders/0/3/value/total`, and both values, shortened. */
export function differencesOf(recorded: Canonical, now: Canonical): FieldDifference[] {
  const out: FieldDifference[] = []
  walk('', recorded, now, out, 0)
  return out
}

function walk(path: string, a: Canonical, b: Canonical, out: FieldDifference[], depth: number): void {
  if (out.length >= maxDifferences || a === b) return
  const left = opened(a)
  const right = opened(b)
  if (depth < maxDepth && isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      walk(path === '' ? name : `${path}/${name}`, valueOf(left, name), valueOf(right, name), out, depth + 1)
    }
    return
  }
  const recorded = show(a)
  const now = show(b)
  if (recorded !== now) out.push({ field: path, recorded: shorten(recorded), now: shorten(now) })
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
    const text = Buffer.from(value).toString()
    return Buffer.from(text).equals(value) ? JSON.stringify(text) : `0x${Buffer.from(value).toString('hex')}`
  }
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'bigint' ? String(one) : one instanceof Uint8Array ? show(one) : one,
  )
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}… (${text.length} characters)`
}
