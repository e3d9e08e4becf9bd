import type { Json } from '@x07-lab/msg-core'
import type { MatchRule } from '@x07-lab/msg-core/driver'
import { laneOrder, type LaneOrder } from '@x07-lab/msg-core/playback'
import { storedJson } from './describe.ts'
import { replaceTokens } from './mask.ts'
import type { StoredCommand } from './stored.ts'

/** Values that programs make up for each message; where paths are ignored these are too. */
const volatile = ['properties/correlationId', 'properties/messageId', 'properties/timestamp']

/** The departures from the default comparison, by the key of a command. */
export class Rules {
  readonly #rules: readonly MatchRule[]
  /** Whether any path is ignored: else commands are compared as bytes. */
  readonly ignoresPaths: boolean

  constructor(rules: readonly MatchRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, ...(rule.ignore && { ignore: rule.ignore.map(ownPath) }) }))
    this.ignoresPaths = rules.some(({ ignore = [] }) => ignore.length > 0)
  }

  get areNone(): boolean {
    return this.#rules.length === 0
  }

  /** The order that a rule gives the commands of a class with this key. */
  orderOf(key: string, of: 'call' | 'publish' | 'settle'): LaneOrder | undefined {
    return laneOrder(this.#rules, key, of)
  }

  /** A command as text without what is ignored for this key. */
  text(command: StoredCommand, key = ''): string {
    const json = structuredClone(storedJson(command)) as Json
    const paths = this.#rules.flatMap((rule) => (isOf(key, rule) ? (rule.ignore ?? []) : []))
    for (const path of [...volatile, ...paths]) remove(json, path.split('/'))
    return replaceTokens(JSON.stringify(json), (token) => `?${token.length}`)
  }
}

/** Contracts name what every message has; a command has it below its own names. */
function ownPath(path: string): string {
  if (path.startsWith('headers/')) return `properties/${path}`
  return path === 'value' || path.startsWith('value/') ? `body${path.slice('value'.length)}` : path
}

function isOf(key: string, { key: start = '' }: MatchRule): boolean {
  return key.startsWith(start)
}

function remove(value: Json | undefined, [name, ...rest]: readonly string[]): void {
  if (typeof value !== 'object' || value === null || name === undefined) return
  if (Array.isArray(value)) {
    const list = value as Json[]
    // A table is a list of [name, value].
    const at = list.findIndex((item, index) =>
      Array.isArray(item) && item.length === 2 ? item[0] === name : String(index) === name,
    )
    if (at < 0) return
    if (rest.length === 0) list.splice(at, 1)
    else remove(Array.isArray(list[at]) ? (list[at] as Json[])[1] : list[at], rest)
    return
  }
  const fields = value as Record<string, Json>
  if (!Object.hasOwn(fields, name)) return
  if (rest.length === 0) delete fields[name]
  else remove(fields[name], rest)
}
