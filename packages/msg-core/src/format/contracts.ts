import { join } from 'node:path'
import type { JsonObject } from './envelope/index.ts'
import { readRegularFile } from '../kit/index.ts'

/**
 * The contracts a recording was made under, by path below the folder of `arch/` (or a name of the program's own): the member
 * `contracts` of a seal. The documents themselves stand there and not only their hashes, so that a later difference can be
 * named; without what the tape does not hang on, which is where broker, accounts and notes are.
 */
export type RecordedContracts = Readonly<Record<string, JsonObject>>

/** Something in a contract that is otherwise than when the cassette was recorded. */
export interface ContractChange {
  readonly file: string
  /** `limits.prefetch_count`, `exchanges[0].type`; empty for the file as a whole. */
  readonly field: string
  /** Recorded value and value now, as JSON; undefined where there is none. */
  readonly recorded: string | undefined
  readonly now: string | undefined
}

/** More changes than these say no more. */
const MAX_CHANGES = 20

/**
 * Fields that say where a broker is and who asks, or how the document is kept, by the kind of document: the tape does not
 * hang on them. Everything else of a contract matters to it.
 */
const WITHOUT_EFFECT: readonly (readonly [kind: string, fields: readonly string[]])[] = [
  ['x07.arch.msg.amqp.profile@', ['host', 'port', 'auth']],
  ['x07.arch.msg.kafka.profile@', ['bootstrap', 'security']],
  ['x07.arch.rr.policy@', ['mode_default', 'http']],
]
const NEVER_MATTERS = ['v', 'notes', 'description', 'reason']

/**
 * Reads contracts for a seal, or to compare them with one; what is missing, or is not JSON, is left out, and so is what does
 * not lie below `arch/`: a cassette is no reason to read anything else.
 *
 * @param root the folder that holds `arch/`
 */
export function readRecordedContracts(root: string, files: readonly string[]): RecordedContracts {
  return Object.fromEntries(
    files.flatMap((file) => {
      if (!isContractPath(file)) return []
      try {
        const value: unknown = JSON.parse(Buffer.from(readRegularFile(join(root, file))).toString())
        return isObject(value) ? [[file, withEffect(value) as JsonObject]] : []
      } catch {
        return []
      }
    }),
  )
}

/**
 * Where contracts differ from those of a recording, in what the tape hangs on. Files that the recording does not name are
 * not looked at; one that is missing now is a change of the whole file.
 *
 * @param recorded the member `contracts` of a seal, whatever it holds; nothing where it is absent
 */
export function contractChanges(recorded: unknown, now: RecordedContracts): ContractChange[] {
  const changes: ContractChange[] = []
  if (!isObject(recorded)) return changes
  for (const [file, before] of Object.entries(recorded)) {
    const after = Object.hasOwn(now, file) ? now[file] : undefined
    const add = (field: string, one: unknown, other: unknown): void => {
      if (changes.length < MAX_CHANGES) changes.push({ file, field, recorded: shown(one), now: shown(other) })
    }
    if (after === undefined) add('', before, undefined)
    else compare(withEffect(before), withEffect(after), '', add)
  }
  return changes
}

/** A change in words: `arch/…/lab_v1.topology.json: exchanges[0].type was "topic" and is "fanout"`. */
export function changeText({ file, field, recorded = 'absent', now }: ContractChange): string {
  if (field === '') return now === undefined ? `${file} is gone` : `${file} was ${recorded} and is ${now}`
  return `${file}: ${field} was ${recorded} and is ${now ?? 'absent'}`
}

/**
 * Where the contracts of a project differ from those that a cassette was recorded under. A document that an index names is the one that
 * it names now, wherever that is.
 *
 * @param root the folder that holds `arch/`
 * @param recorded the member `contracts` of its seal
 */
export function staleContracts(root: string, recorded: unknown): ContractChange[] {
  if (!isObject(recorded)) return []
  const pathNow = indexNames(root, recorded)
  const ofFiles = Object.fromEntries(
    Object.entries(recorded)
      .filter(([name]) => isContractPath(name))
      .map(([name, document]) => [pathNow(document) ?? name, document]),
  )
  return contractChanges(ofFiles, readRecordedContracts(root, Object.keys(ofFiles)))
}

/** Which member of which index says where the documents of a kind are. */
const INDEXES: readonly (readonly [kind: string, index: string, list: string, path: string])[] = [
  ['x07.arch.msg.amqp.profile@', 'arch/msg/amqp/index.x07amqp.json', 'profiles', 'path'],
  ['x07.arch.msg.amqp.topology@', 'arch/msg/amqp/index.x07amqp.json', 'topologies', 'path'],
  ['x07.arch.msg.kafka.profile@', 'arch/msg/kafka/index.x07kafka.json', 'profiles', 'profile_path'],
  ['x07.arch.rr.policy@', 'arch/rr/index.x07rr.json', 'policies', 'policy_path'],
  // It has no entry of its own, but is that of a policy.
  ['x07.arch.rr.sanitize@', 'arch/rr/index.x07rr.json', 'policies', 'sanitize_path'],
]
const [registryKind, registryIndex] = ['x07.obs.metrics.registry@', 'arch/obs/index.x07obs.json'] as const
const [policyKind, sanitizerKind] = ['x07.arch.rr.policy@', 'x07.arch.rr.sanitize@'] as const

/** Gives the path that an index has for a document now; undefined where none says. */
function indexNames(
  root: string,
  recorded: Readonly<Record<string, unknown>>,
): (document: unknown) => string | undefined {
  const indexes = readRecordedContracts(root, [registryIndex, ...INDEXES.map(([, index]) => index)])
  const policy = Object.values(recorded).find((one) => isOfKind(one, policyKind))
  return (document) => {
    if (isOfKind(document, registryKind)) return pathOf(indexes[registryIndex], 'metrics_registry_path')
    const [kind, index = '', list = '', path = ''] = INDEXES.find(([one]) => isOfKind(document, one)) ?? []
    const entries = indexes[index]?.[list]
    const id = kind === sanitizerKind ? idOf(policy) : idOf(document)
    if (!Array.isArray(entries) || id === undefined) return undefined
    return pathOf(
      (entries as readonly unknown[]).find((entry) => idOf(entry) === id),
      path,
    )
  }
}

function isOfKind(document: unknown, kind: string): boolean {
  const version = isObject(document) ? document['schema_version'] : undefined
  return typeof version === 'string' && version.startsWith(kind)
}

function idOf(value: unknown): unknown {
  return isObject(value) ? value['id'] : undefined
}

function pathOf(value: unknown, member: string): string | undefined {
  const path = isObject(value) ? value[member] : undefined
  return typeof path === 'string' && isContractPath(path) ? path : undefined
}

/** A cassette is no reason to read anything but contracts. */
function isContractPath(path: string): boolean {
  return path.startsWith('arch/') && !/[\\\0]|(?:^|\/)\.\.(?:\/|$)/.test(path)
}

function withEffect(document: unknown): unknown {
  if (!isObject(document)) return document
  const version = document['schema_version']
  const [, fields = []] = WITHOUT_EFFECT.find(([kind]) => typeof version === 'string' && version.startsWith(kind)) ?? []
  return Object.fromEntries(
    Object.entries(document).filter(([name]) => !NEVER_MATTERS.includes(name) && !fields.includes(name)),
  )
}

function compare(
  one: unknown,
  other: unknown,
  path: string,
  add: (field: string, a: unknown, b: unknown) => void,
): void {
  if (isObject(one) && isObject(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
      compare(own(one, name), own(other, name), path === '' ? name : `${path}.${name}`, add)
    }
  } else if (Array.isArray(one) && Array.isArray(other)) {
    for (let at = 0; at < Math.max(one.length, other.length); at += 1)
      compare(one[at], other[at], `${path}[${at}]`, add)
  } else if (JSON.stringify(one) !== JSON.stringify(other)) add(path, one, other)
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

const SHOWN_CHARACTERS = 80

function shown(value: unknown): string | undefined {
  const json: string | undefined = JSON.stringify(value)
  return json === undefined || json.length <= SHOWN_CHARACTERS ? json : `${json.slice(0, SHOWN_CHARACTERS - 1)}…`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
