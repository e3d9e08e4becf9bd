import { hash } from 'node:crypto'
import {
  apiKeys,
  decodeBody,
  isKnown,
  readBatches,
  readRecords,
  type Fields,
  type FieldValue,
  type KafkaRecord,
} from '../protocol/index.ts'
import type { StoredCall } from './ops.ts'
import type { TopicNames } from './topic-names.ts'

/** What two calls are compared by: data, in which bytes are bytes and the order of names does not count. */
export type Canonical =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Canonical[]
  | { readonly [name: string]: Canonical }

/** Which parts of records are not compared, and who is told when one was there. */
export interface Ignored {
  /** Paths: `key`, `value`, `value/a/b`, `headers/name`. */
  readonly paths: readonly string[]
  readonly count: (path: string) => void
}

/** Headers that tracing adds to messages; their values are random. */
const tracingHeaders = ['traceparent', 'tracestate', 'b3', 'baggage']

/**
 * Fields that say nothing of what the program wants: how long it waits, what a client explains to the broker's log, and what
 * the broker gave a producer, which stands in the recorded answers.
 */
const notCompared = new Set(['timeoutMs', 'reason'])

/**
 * The canonical form of a call. Produce is its records by partition: key, value and ordered headers of each, without
 * timestamps, sequence numbers, checksums and compression. Everything else is its fields; an API or version that is not in the
 * tables is its bytes.
 *
 * @throws ProtocolError for bytes that are not such a call
 */
export function canonicalOf(call: StoredCall, names: TopicNames, ignored: Ignored): Canonical {
  const { apiKey, version, body } = call
  if (!isKnown(apiKey, version)) return { body }
  const fields = decodeBody(apiKey, version, 'request', body)
  if (apiKey === apiKeys.Produce) return produced(fields, names, ignored)
  return plain(sorted(apiKey, fields), names)
}

interface ProducedTopic {
  name?: string
  topicId?: string
  partitionData: { index: number; records: Uint8Array | null }[]
}

function produced(fields: Fields, names: TopicNames, ignored: Ignored): Canonical {
  const records: Record<string, Canonical> = {}
  for (const topic of fields['topicData'] as unknown as ProducedTopic[]) {
    for (const { index, records: bytes } of topic.partitionData) {
      const all: Canonical[] = []
      for (const batch of readBatches(bytes ?? new Uint8Array(0))) {
        for (const record of readRecords(batch)) all.push(recordOf(record, ignored))
      }
      records[`${names.of(topic)}/${index}`] = all
    }
  }
  return {
    acks: fields['acks'] as number,
    transactionalId: plain(fields['transactionalId'] ?? null, names),
    records,
  }
}

function recordOf({ key, value, headers }: KafkaRecord, ignored: Ignored): Canonical {
  const shown: Canonical[] = []
  for (const header of headers) {
    const name = Buffer.from(header.key).toString()
    if (tracingHeaders.includes(name) || ignored.paths.includes(`headers/${name}`)) ignored.count(`headers/${name}`)
    else shown.push([name, header.value])
  }
  return {
    key: ignored.paths.includes('key') ? null : key,
    value: ignored.paths.some((path) => path.startsWith('value')) ? withoutPaths(value, ignored) : value,
    headers: shown,
  }
}

function withoutPaths(value: Uint8Array | null, { paths, count }: Ignored): Canonical {
  if (paths.includes('value')) {
    count('value')
    return null
  }
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(value ?? []).toString())
  } catch {
    return value
  }
  let removed = false
  for (const path of paths) {
    if (!path.startsWith('value/')) continue
    const steps = path.slice('value/'.length).split('/')
    const last = steps.pop() ?? ''
    let at: unknown = json
    for (const step of steps)
      at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[step] : undefined
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, last)) continue
    delete (at as Record<string, unknown>)[last]
    count(path)
    removed = true
  }
  return removed ? Buffer.from(JSON.stringify(json)) : value
}

function plain(value: FieldValue, names: TopicNames): Canonical {
  if (Array.isArray(value)) return value.map((one) => plain(one, names))
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  const out: Record<string, Canonical> = {}
  for (const [name, field] of Object.entries(value)) {
    if (notCompared.has(name)) continue
    if (name === 'topicId') out['name'] = names.of({ topicId: field })
    else out[name] = plain(field, names)
  }
  return out
}

/** The leader lists the members in whatever order it keeps them. */
function sorted(apiKey: number, fields: Fields): Fields {
  if (apiKey !== apiKeys.SyncGroup) return fields
  const assignments = fields['assignments'] as { memberId: string }[]
  const inOrder = assignments.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  return { ...fields, assignments: inOrder }
}

export function sameCanonical(a: Canonical, b: Canonical): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((one, at) => sameCanonical(one as Canonical, b[at] as Canonical))
  }
  const left = a as Record<string, Canonical>
  const right = b as Record<string, Canonical>
  const fieldNames = Object.keys(left)
  return (
    fieldNames.length === Object.keys(right).length &&
    fieldNames.every((name) => Object.hasOwn(right, name) && sameCanonical(left[name], right[name]))
  )
}

/** A text that is equal for equal forms, and for no others. Bytes stand in it as Latin-1. */
export function canonicalText(value: Canonical): string {
  if (value === undefined) return 'u'
  if (value === null) return 'n'
  if (value instanceof Uint8Array)
    return `b${value.length}:${Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')}`
  if (Array.isArray(value)) return `[${value.map((one) => canonicalText(one as Canonical)).join('')}]`
  if (typeof value === 'object') {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([name, one]) => `${name.length}:${name}${canonicalText(one)}`).join('')}}`
  }
  const text = String(value)
  return `${(typeof value)[0]}${text.length}:${text}`
}

export function digestOf(text: string): string {
  return hash('sha256', text, 'base64')
}
