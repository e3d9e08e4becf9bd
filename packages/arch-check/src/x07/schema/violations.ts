import { escapePointerToken } from '@x07-lab/msg-core/json'
import type { ErrorObject } from 'ajv'
import type { SchemaPaths } from './schema-paths.ts'

/** One thing a schema finds wrong. */
export interface Violation {
  /** JSON Pointer of the value; for a missing or unknown key that of the object. */
  instancePath: string
  /** Where the broken rule stands in X07's schema. */
  schemaPath: string
  keyword: string
  /** What is wrong, without the place: `must be string`. */
  message: string
  /** JSON Pointer of what a person should look at: the unknown key itself, where there is one. */
  pointer: string
  /** The missing key, where that is the fault. */
  missing?: string
}

/**
 * ajv's errors as X07's validator counts them: one for all unknown keys of an object together, and for a rule of the
 * manifest one `oneOf` whatever is wrong inside it.
 */
export function toViolations(errors: readonly ErrorObject[], paths: SchemaPaths): Violation[] {
  const alternatives = new Set(errors.filter((error) => error.keyword === 'oneOf').map((error) => error.instancePath))
  const violations: Violation[] = []
  const unknown = new Map<string, { violation: Violation; keys: string[] }>()
  for (const error of errors) {
    if (error.keyword !== 'oneOf' && isInside(error.instancePath, alternatives)) continue
    // A key that is missing is told as such.
    if (error.keyword === 'discriminator' && error.params['tagValue'] === undefined) continue
    const violation = toViolation(error, paths)
    if (error.keyword !== 'additionalProperties') {
      violations.push(violation)
      continue
    }
    const key = String(error.params['additionalProperty'])
    const known = unknown.get(error.instancePath)
    if (known === undefined) {
      violation.pointer = `${error.instancePath}/${escapePointerToken(key)}`
      unknown.set(error.instancePath, { violation, keys: [key] })
      violations.push(violation)
    } else known.keys.push(key)
  }
  for (const { violation, keys } of unknown.values()) {
    violation.message = `must not have the ${keys.length === 1 ? 'key' : 'keys'} ${keys.map((key) => JSON.stringify(key)).join(', ')}`
  }
  return violations
}

/** Whether a pointer is one of some others, or leads below one. */
function isInside(pointer: string, others: ReadonlySet<string>): boolean {
  if (others.size === 0) return false
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    if (others.has(path)) return true
    if (path === '') return false
  }
}

function toViolation(error: ErrorObject, paths: SchemaPaths): Violation {
  const violation: Violation = {
    instancePath: error.instancePath,
    schemaPath: `${paths.get(error.parentSchema ?? {}) ?? ''}/${error.keyword}`,
    keyword: error.keyword,
    message: messageOf(error),
    pointer: error.instancePath,
  }
  if (error.keyword === 'required') violation.missing = String(error.params['missingProperty'])
  return violation
}

function messageOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return `must have the key ${JSON.stringify(error.params['missingProperty'])}`
    case 'enum':
      return `must be one of ${list(error.params['allowedValues'])}`
    case 'const':
      return `must be ${JSON.stringify(error.params['allowedValue'])}`
    case 'discriminator':
      return `must have a ${error.params['tag']} that is one of ${list(tagsOf(error))}`
    case 'oneOf':
      return 'must be one of the three kinds of rule, with exactly its keys'
    default:
      return error.message ?? `breaks ${error.keyword}`
  }
}

/** What the key may be by which alternatives are told apart. */
function tagsOf({ parentSchema, params }: ErrorObject): unknown {
  const alternatives: readonly { properties?: Record<string, { const?: unknown }> }[] = parentSchema?.['oneOf'] ?? []
  return alternatives.map(({ properties }) => properties?.[String(params['tag'])]?.const)
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values)
}
