import { ProtocolError } from './protocol-error.ts'

/**
 * The messages of the protocol are data: for each API a text, from which request and response of every version are read and
 * written. What they say comes from the message definitions that Apache Kafka publishes in kafka-clients 4.1.1
 * (`common/message`); versions that Kafka 4 no longer has were added after https://kafka.apache.org/protocol of Kafka 3.
 *
 *     Produce 0 0-13 flexible 9+        name, key, versions; the first version with compact lengths and tagged fields,
 *       request                         or `rigid` where there is none
 *         transactionalId string? 3+    name, type, versions; without versions it is in all of its parent's
 *         topicData []{}                an array of structures, whose fields are indented
 *         name string?6+                null is allowed from version 6 on; with a bare `?` in all
 *         currentLeader {} #0 10+       a structure that is the tagged field 0
 */
export interface ApiSchema {
  readonly name: string
  readonly key: number
  readonly minVersion: number
  readonly maxVersion: number
  /** Infinity where no version is flexible. */
  readonly flexibleFrom: number
  readonly request: readonly FieldSchema[]
  readonly response: readonly FieldSchema[]
}

export interface FieldSchema {
  readonly name: string
  readonly type: FieldType
  readonly array: boolean
  readonly versions: VersionRange
  /** Versions in which null is allowed; undefined for none. */
  readonly nullable: VersionRange | undefined
  readonly tag: number | undefined
  /** Fields of a structure, empty for other types. */
  readonly fields: readonly FieldSchema[]
}

export type FieldType = keyof typeof fieldTypes

export interface VersionRange {
  readonly from: number
  readonly to: number
}

const fieldTypes = {
  int8: true,
  int16: true,
  uint16: true,
  int32: true,
  int64: true,
  float64: true,
  bool: true,
  uuid: true,
  string: true,
  bytes: true,
  records: true,
  '{}': true,
}

/** Reads the notation. */
export function parseSchemas(text: string): ApiSchema[] {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ depth: (line.length - line.trimStart().length) / 2, words: line.trim().split(' ') }))
  const apis: ApiSchema[] = []
  let at = 0

  const fieldsAt = (depth: number): FieldSchema[] => {
    const fields: FieldSchema[] = []
    for (let line = lines[at]; line?.depth === depth; line = lines[at]) {
      at++
      fields.push({ ...parseField(line.words), fields: fieldsAt(depth + 1) })
    }
    return fields
  }

  while (at < lines.length) {
    const [name = '', key = '', versions = '', , flexible] = lines[at++]!.words
    const { from, to } = parseRange(versions)
    // The lines `request` and `response`.
    at++
    const request = fieldsAt(2)
    at++
    const response = fieldsAt(2)
    apis.push({
      name,
      key: Number(key),
      minVersion: from,
      maxVersion: to,
      flexibleFrom: flexible === undefined ? Infinity : parseRange(flexible).from,
      request,
      response,
    })
  }
  return apis
}

function parseField([name = '', typeText = '', ...rest]: readonly string[]): Omit<FieldSchema, 'fields'> {
  const [, array, type, nullable] = /^(\[\])?([a-z0-9{}]+)(\?.*)?$/.exec(typeText) ?? []
  if (type === undefined || !(type in fieldTypes)) {
    throw new ProtocolError('unsupported', `read the schema of field ${name}: "${typeText}" is not a type`)
  }
  const tag = rest.find((word) => word.startsWith('#'))
  const versions = rest.find((word) => !word.startsWith('#'))
  return {
    name,
    type: type as FieldType,
    array: array !== undefined,
    versions: parseRange(versions ?? '0+'),
    nullable: nullable === undefined ? undefined : parseRange(nullable.slice(1) || '0+'),
    tag: tag === undefined ? undefined : Number(tag.slice(1)),
  }
}

function parseRange(text: string): VersionRange {
  const from = Number.parseInt(text, 10)
  if (text.endsWith('+')) return { from, to: Infinity }
  return { from, to: Number(text.split('-')[1] ?? from) }
}

export function inRange(version: number, range: VersionRange | undefined): boolean {
  return range !== undefined && version >= range.from && version <= range.to
}
