import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'

/** Fields that say nothing about what is allowed. */
const SILENT = new Set(['schema_version', 'policy_id', 'notes'])

/** Fields whose absence, or whose `false`, allows more. */
const RESTRICTING = /(?:^|\.)(?:deny_|require_|kill_|readonly_)/

/**
 * What a policy allows, one grant a line, sorted: `fs.write_roots "out"`, `limits.mem_bytes = 4294967296`,
 * `net.allow_hosts "127.0.0.1" 5672`, `process.allow_exit`. A list gives a line for each element. A field that restricts
 * gives its line where it does not: `not fs.deny_hidden`; what it lists, `deny "SECRET"`, counts the other way round in
 * {@link widened}. Every field of the form counts, those included that nothing enforces: who reads the lock reads the whole
 * policy.
 */
export function grantsOf(policy: Json): string[] {
  return [...new Set(grants('', policy))].toSorted(compareUtf8)
}

function* grants(path: string, value: Json): Generator<string> {
  if (Array.isArray(value)) {
    for (const item of value) {
      for (const text of textsOf(item)) yield RESTRICTING.test(path) ? `deny ${path} ${text}` : `${path} ${text}`
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (path !== '' || !SILENT.has(name)) yield* grants(path === '' ? name : `${path}.${name}`, member)
    }
  } else if (typeof value === 'boolean') {
    if (RESTRICTING.test(path)) yield value ? `deny ${path}` : `not ${path}`
    else if (value) yield path
  } else yield `${path} = ${JSON.stringify(value)}`
}

/** An element of a list: itself, or of a host each of its ports. */
function textsOf(item: Json): string[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return [JSON.stringify(item)]
  const { host, ports } = item
  return Array.isArray(ports)
    ? ports.map((port) => `${JSON.stringify(host ?? null)} ${JSON.stringify(port)}`)
    : [JSON.stringify(item)]
}

/** What a policy allows that it did not when it was pinned: new grants, larger numbers, restrictions that are gone. */
export function widened(pinned: readonly string[], now: readonly string[]): string[] {
  const before = new Set(pinned)
  const after = new Set(now)
  const limits = new Map(pinned.map(limitOf))
  const more = now.filter((line) => {
    if (before.has(line) || line.startsWith('deny ')) return false
    const [field, value] = limitOf(line)
    return !(value <= (limits.get(field) ?? -1))
  })
  const gone = pinned.filter((line) => line.startsWith('deny ') && !after.has(line))
  return [
    ...more,
    ...gone.filter((line) => !after.has(line.replace(/^deny /, 'not '))).map((line) => `no longer ${line}`),
  ]
}

/** A limit's field and number; what is no limit has a number that is less than none. */
function limitOf(line: string): [field: string, value: number] {
  const match = /^([a-z_.]+) = (\d+(?:\.\d+)?)$/.exec(line)
  return match?.[1] === undefined ? [line, Number.NaN] : [match[1], Number(match[2])]
}
