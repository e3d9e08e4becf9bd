import type { FieldDifference, Json } from '@x07-lab/msg-core'
import { commandJson, methodId, readContentHeader, readMethod, type MethodName } from '../protocol/index.ts'
import { replaceTokens } from './mask.ts'
import { idOf, type StoredCommand } from './stored.ts'

/** Longest rendering of a value, in characters; differences listed of one command. */
const shownLength = 80
const maxDifferences = 8
const maxDepth = 32

/** What holds credentials is stored without its arguments. */
const nameOnly = new Map(
  (['connection.start-ok', 'connection.secure-ok', 'connection.update-secret'] satisfies MethodName[]).map((name) => [
    methodId(name),
    name,
  ]),
)

/** A stored command as JSON: method, args, properties, and the body as JSON where it is, as text where it is UTF-8. */
export function storedJson(command: StoredCommand): Record<string, Json> {
  const withheld = nameOnly.get(idOf(command))
  if (withheld !== undefined) return { method: withheld, args: {} }
  const method = readMethod(command.method)
  if (command.header.length === 0) {
    return commandJson({ type: 'method', channel: 0, method }) as Record<string, Json>
  }
  const { properties } = readContentHeader(command.header)
  const content = { properties, body: [command.body], bodyBytes: command.body.length }
  const json = commandJson({ type: 'method', channel: 0, method, content }) as Record<string, Json>
  const { body } = json
  if (typeof body !== 'string') return json
  try {
    return { ...json, body: JSON.parse(body) as Json }
  } catch {
    return json
  }
}

/** A command in a few words: `basic.publish to exchange orders, routing key new`. */
export function commandText(command: StoredCommand): string {
  const { method, args } = storedJson(command) as { method: string; args: Record<string, Json> }
  const named = (['exchange', 'routingKey', 'queue', 'consumerTag', 'deliveryTag', 'destination', 'source'] as const)
    .filter((name) => args[name] !== undefined && args[name] !== '')
    .map((name) => `${name} ${shorten(typeof args[name] === 'string' ? args[name] : JSON.stringify(args[name]))}`)
  return [method, ...named].join(' ')
}

/** The fields in which two commands differ, by the smallest path; made-up values only where nothing else differs. */
export function commandDifferences(recorded: StoredCommand, now: StoredCommand): FieldDifference[] {
  const found = new Found()
  walk('', storedJson(recorded), storedJson(now), found, 0)
  return found.out.length > 0 ? found.out : found.madeUp
}

/** Properties that are bound whatever they are, or not compared. */
const bound: ReadonlySet<string> = new Set(
  ['correlationId', 'messageId', 'timestamp'].map((name) => `properties/${name}`),
)

class Found {
  readonly out: FieldDifference[] = []
  readonly madeUp: FieldDifference[] = []

  add(difference: FieldDifference): void {
    const [was, is] = [difference.recorded, difference.now].map(withoutTokens)
    const list = was === is || bound.has(difference.field) ? this.madeUp : this.out
    if (list.length < maxDifferences) list.push(difference)
  }
}

function walk(path: string, a: Json | undefined, b: Json | undefined, found: Found, depth: number): void {
  if (found.out.length >= maxDifferences || Object.is(a, b)) return
  const [left, right] = [asFields(a), asFields(b)]
  if (left !== undefined && right !== undefined && depth < maxDepth) {
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      walk(path === '' ? name : `${path}/${name}`, left.get(name), right.get(name), found, depth + 1)
    }
    return
  }
  const [was, is] = [show(a), show(b)]
  if (was !== is) found.add({ field: path, recorded: was, now: is })
}

/** Objects and tables (lists of [name, value]) by name, lists by index. */
function asFields(value: Json | undefined): Map<string, Json> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return new Map(Object.entries(value))
  const list = value as readonly Json[]
  const isTable =
    list.length > 0 && list.every((item) => Array.isArray(item) && item.length === 2 && typeof item[0] === 'string')
  return new Map(
    list.map((item, at) => (isTable ? [(item as [string, Json])[0], (item as [string, Json])[1]] : [String(at), item])),
  )
}

/** What is bound is no difference. */
function withoutTokens(text: string): string {
  return replaceTokens(text, (token) => `?${token.length}`)
}

function show(value: Json | undefined): string {
  return value === undefined ? '(absent)' : shorten(JSON.stringify(value))
}

function shorten(text: string): string {
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}… (${text.length} characters)`
}
