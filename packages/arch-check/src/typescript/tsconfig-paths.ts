import path from 'node:path'
import { parseSync } from 'oxc-parser'
import type { Json } from '../finding.ts'
import { matchStar } from './package-targets.ts'
import { mayNestTooDeep } from './ts-risk.ts'
import { isInstalled, nearest } from './workspace.ts'
import { readRegularFile } from '../x07/files/read.ts'
import type { JsonObject } from '../x07/modules/x07-fields.ts'
import { field } from '../x07/modules/x07-fields.ts'

/** Files followed from one configuration by `extends`. */
const EXTENDS_MAX = 16

/** `compilerOptions.paths` of one configuration, each target relative to the repository root. */
interface PathMap {
  patterns: { pattern: string; targets: string[] }[]
}

/** The files that a specifier may stand for by the `paths` of the nearest `tsconfig.json`; empty where none fits. */
export type PathTargets = (from: string, specifier: string) => string[]

/**
 * Reads the `tsconfig*.json` files among `settings`; those that cannot be read map nothing. Read here and not by a library:
 * `get-tsconfig` opens whatever `extends` names, synchronously, outside the repository too, so that one line of a pull
 * request (`"extends": "/dev/zero"`) would hold the check up for good. Here `extends` stays within the repository, and a
 * device or a pipe maps nothing.
 */
export function readPathMaps(root: string, settings: readonly string[]): PathTargets {
  const byFolder = new Map<string, PathMap>()
  for (const file of settings) {
    if (path.posix.basename(file) !== 'tsconfig.json' || isInstalled(file)) continue
    const map = readPathMap(root, file)
    if (map !== undefined) byFolder.set(file.slice(0, -'tsconfig.json'.length), map)
  }
  if (byFolder.size === 0) return () => []
  const mapOf = nearest((folder) => byFolder.get(folder))
  return (from, specifier) => {
    const { patterns } = mapOf(from) ?? { patterns: [] }
    for (const { pattern, targets } of patterns) {
      const star = matchStar(pattern, specifier)
      if (star !== undefined) return targets.map((target) => target.replace('*', () => star))
    }
    return []
  }
}

function readPathMap(root: string, file: string, seen = new Set<string>()): PathMap | undefined {
  if (seen.has(file) || seen.size >= EXTENDS_MAX) return undefined
  seen.add(file)
  const config = readJsonWithComments(path.join(root, file))
  if (config === undefined) return undefined
  const options = asObject(field(config, 'compilerOptions'))
  const paths = asObject(options && field(options, 'paths'))
  if (options !== undefined && paths !== undefined) {
    const baseUrl = field(options, 'baseUrl')
    const base = path.posix.join(path.posix.dirname(file), typeof baseUrl === 'string' ? baseUrl : '.')
    return { patterns: patternsOf(paths, base) }
  }
  for (const parent of [field(config, 'extends')].flat().toReversed()) {
    if (typeof parent !== 'string' || !parent.startsWith('.')) continue
    const target = path.posix.join(path.posix.dirname(file), parent.endsWith('.json') ? parent : `${parent}.json`)
    const found = target.startsWith('../') ? undefined : readPathMap(root, target, seen)
    if (found !== undefined) return found
  }
  return undefined
}

function weight(pattern: string): number {
  return pattern.includes('*') ? pattern.indexOf('*') : Number.MAX_SAFE_INTEGER
}

/** Exact names first, then the patterns with the longest text before their `*`, as TypeScript orders them. */
function patternsOf(paths: JsonObject, base: string): PathMap['patterns'] {
  return Object.entries(paths)
    .map(([pattern, targets]) => ({
      pattern,
      targets: [targets]
        .flat()
        .flatMap((target) => (typeof target === 'string' ? [path.posix.join(base, target)] : [])),
    }))
    .sort((a, b) => weight(b.pattern) - weight(a.pattern))
}

/** JSON with comments and trailing commas is an expression of the language, so the language's parser reads it. */
function readJsonWithComments(file: string): JsonObject | undefined {
  const read = readRegularFile(file)
  if (!read.ok) return undefined
  const text = new TextDecoder().decode(read.bytes)
  if (mayNestTooDeep(text)) return undefined
  const parsed = parseSync('tsconfig.js', `(${text}\n)`, { preserveParens: false })
  const statement = parsed.program.body[0]
  if (parsed.errors.length > 0 || statement?.type !== 'ExpressionStatement') return undefined
  return asObject(valueOf(statement.expression))
}

function valueOf(node: { type: string }): Json | undefined {
  if (node.type === 'Literal' && 'value' in node) {
    const { value } = node
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  }
  if (node.type === 'ArrayExpression' && 'elements' in node && Array.isArray(node.elements)) {
    return node.elements.map((element: { type: string }) => valueOf(element) ?? null)
  }
  if (node.type !== 'ObjectExpression' || !('properties' in node) || !Array.isArray(node.properties)) return undefined
  const members = node.properties.flatMap(
    (property: { type: string; key?: { value?: unknown }; value?: { type: string } }) => {
      const key = property.key?.value
      return typeof key === 'string' && property.value ? [[key, valueOf(property.value) ?? null] as [string, Json]] : []
    },
  )
  return Object.fromEntries(members)
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}
