import { hash } from 'node:crypto'
import { decodeEnvelope, encodeEnvelope, type Header, type Json, type Message } from '../../format/envelope/index.ts'
import type { FieldDifference } from '../../playback/index.ts'
import { differencesOf, escaped, shortHex } from './message-diff.ts'
import type { ReplayMatchOptions } from './options.ts'

/**
 * What of a message may differ from the recording: ignored paths, bound values, a comparison of the program's own. It counts
 * what it let pass.
 */
export class MessageRules {
  readonly ignored = new Map<string, number>()
  readonly bound = new Map<string, number>()
  readonly #ignore: readonly string[]
  readonly #bind: readonly string[]
  readonly #compare: ReplayMatchOptions['compare']
  /** Recorded values and the values now that stand for them. */
  readonly #now = new Map<string, string>()
  readonly #recorded = new Map<string, string>()

  constructor({ ignore = [], bind = [], compare }: ReplayMatchOptions) {
    this.#ignore = ignore
    this.#bind = bind
    this.#compare = compare
  }

  /** Whether messages with other bytes can be equal. */
  get any(): boolean {
    return this.#ignore.length > 0 || this.#bind.length > 0 || this.#compare !== undefined
  }

  /** Whether a message whose bytes differ from the recorded ones is the same by the rules. */
  isSame(recorded: Uint8Array, now: Uint8Array): boolean {
    const before = decoded(this.translated(recorded))
    const after = decoded(now)
    if (before === undefined || after === undefined) return false
    const learned: [path: string, recorded: string, now: string][] = []
    const ignored: string[] = []
    const differences = differencesOf(before, after, (path, was, is) => {
      const skipped = this.#ignore.find((one) => isBelow(path, one))
      if (skipped !== undefined) ignored.push(skipped)
      const held = skipped === undefined ? this.#bind.find((one) => isBelow(path, one)) : undefined
      if (held !== undefined && this.#canBind(was, is)) learned.push([held, String(was), String(is)])
      else if (held !== undefined) return false
      return skipped !== undefined || held !== undefined
    })
    if (differences.length > 0 && this.#compare?.(before, after) !== true) return false
    for (const path of ignored) count(this.ignored, path)
    for (const [path, was, is] of learned) {
      count(this.bound, path)
      this.#now.set(was, is)
      this.#recorded.set(is, was)
    }
    return true
  }

  /** The differences that the rules do not excuse. */
  differences(recorded: Uint8Array, now: Uint8Array): FieldDifference[] {
    const before = decoded(this.translated(recorded))
    const after = decoded(now)
    const bytes: FieldDifference[] = [{ field: 'bytes', recorded: shortHex(recorded), now: shortHex(now) }]
    if (before === undefined || after === undefined) return bytes
    const found = differencesOf(before, after, (path, was, is) => {
      if (this.#ignore.some((one) => isBelow(path, one))) return true
      return this.#bind.some((one) => isBelow(path, one)) && this.#canBind(was, is)
    })
    return found.length > 0 ? found : bytes
  }

  /** Equal for messages that are the same by the rules. */
  digest(envelope: Uint8Array, isRecorded: boolean): string {
    const message = this.any ? decoded(isRecorded ? this.translated(envelope) : envelope) : undefined
    if (message === undefined) return hash('sha1', envelope, 'base64')
    try {
      return hash('sha1', JSON.stringify(this.#bare(message)), 'base64')
    } catch {
      // Nested deeper than the stack.
      return hash('sha1', envelope, 'base64')
    }
  }

  /** A recorded message with the values of now in place of the bound ones. */
  translated(envelope: Uint8Array): Uint8Array {
    if (this.#now.size === 0) return envelope
    const message = decoded(envelope)
    if (message === undefined) return envelope
    let changed = false
    const replace = (text: string): string => {
      const now = this.#now.get(text)
      changed ||= now !== undefined
      return now ?? text
    }
    const translated: Message = {
      ...message,
      key: message.key && replaceBytes(message.key, replace),
      value: message.value && replaceValue(message.value, replace),
      headers: message.headers.map(([name, value]): Header => [
        name,
        typeof value === 'string' ? replace(value) : value,
      ]),
      ...(message.properties === undefined ? {} : { properties: replaceLeaves(message.properties, replace) as never }),
    }
    return changed ? encodeEnvelope(translated) : envelope
  }

  #canBind(was: unknown, is: unknown): boolean {
    if (!isScalar(was) || !isScalar(is)) return false
    const [now, recorded] = [this.#now.get(String(was)), this.#recorded.get(String(is))]
    return (now ?? String(is)) === String(is) && (recorded ?? String(was)) === String(was)
  }

  /** What is left of a message without the paths that may differ. */
  #bare({ topic, key, value, headers, properties }: Message): unknown {
    const free = [...this.#ignore, ...this.#bind]
    const is = (path: string): boolean => free.some((one) => isBelow(path, one))
    const strip = (path: string, json: unknown): unknown => {
      if (is(path)) return undefined
      if (typeof json !== 'object' || json === null) return json
      if (Array.isArray(json)) return json.map((one, at) => strip(`${path}/${at}`, one) ?? null)
      return Object.fromEntries(
        Object.entries(json).map(([name, one]) => [name, strip(`${path}/${escaped(name)}`, one)]),
      )
    }
    const below = free.some((one) => one.startsWith('value/'))
    const json = below && value !== null ? parsed(value) : undefined
    return {
      topic: is('topic') ? undefined : topic,
      key: is('key') ? undefined : key && Buffer.from(key).toString('base64'),
      headers: headers.filter(([name]) => !is(`headers/${escaped(name)}`)),
      properties: strip('properties', properties ?? {}),
      value: is('value')
        ? undefined
        : json === undefined
          ? value && Buffer.from(value).toString('base64')
          : strip('value', json),
    }
  }
}

function isBelow(path: string, rule: string): boolean {
  return path === rule || (path.startsWith(rule) && path.charAt(rule.length) === '/')
}

function isScalar(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

function count(counts: Map<string, number>, path: string): void {
  counts.set(path, (counts.get(path) ?? 0) + 1)
}

function decoded(envelope: Uint8Array): Message | undefined {
  try {
    // In the class that programs get.
    return decodeEnvelope(Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength))
  } catch {
    return undefined
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}

function replaceBytes(bytes: Uint8Array, replace: (text: string) => string): Uint8Array {
  const text = Buffer.from(bytes).toString()
  const now = replace(text)
  return now === text ? bytes : Buffer.from(now)
}

/** Replaces whole texts in a JSON value, and leaves the rest of its bytes as they are. */
function replaceValue(bytes: Uint8Array, replace: (text: string) => string): Uint8Array {
  const json = parsed(bytes)
  if (json === undefined || typeof json === 'number') return replaceBytes(bytes, replace)
  let text = Buffer.from(bytes).toString()
  replaceLeaves(json, (leaf) => {
    const now = replace(leaf)
    if (now !== leaf) text = text.replaceAll(JSON.stringify(leaf), JSON.stringify(now))
    return now
  })
  return Buffer.from(text)
}

function replaceLeaves(json: unknown, replace: (text: string) => string): Json {
  if (typeof json === 'string') return replace(json)
  if (Array.isArray(json)) return json.map((one) => replaceLeaves(one, replace))
  if (typeof json !== 'object' || json === null) return json as Json
  return Object.fromEntries(Object.entries(json).map(([name, one]) => [name, replaceLeaves(one, replace)]))
}
