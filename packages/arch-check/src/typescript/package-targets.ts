import type { Json } from '../finding.ts'
import type { WorkspacePackage } from './workspace.ts'
import { field } from '../x07/modules/x07-fields.ts'

/**
 * The files that a subpath of a package may stand for, in the order of its `exports` (or of `main` without one),
 * relative to the repository root. Every condition is followed: which of them a program takes is decided when it runs,
 * and here the first one that is a source file counts.
 */
export function exportTargets(owner: WorkspacePackage, subpath: string): string[] {
  const exports = field(owner.manifest, 'exports')
  if (exports !== undefined) {
    const targets = targetsIn(exports, subpath === '' ? '.' : `./${subpath}`)
    // A path that the package does not export cannot be imported, but one that is written down must not go unseen.
    return [...targets, ...(subpath === '' ? [] : [subpath])].map((target) => owner.folder + target)
  }
  if (subpath !== '') return [owner.folder + subpath]
  const entries = ['main', 'module', 'types', 'typings'].map((key) => field(owner.manifest, key))
  const named = entries.filter((entry) => typeof entry === 'string').map(relative)
  return [...named, 'index', 'src/index'].map((target) => owner.folder + target)
}

/** The files that an internal `#name` of a package may stand for; targets outside the package are left out. */
export function importTargets(owner: WorkspacePackage, specifier: string): string[] {
  const imports = field(owner.manifest, 'imports')
  if (imports === undefined) return []
  return targetsIn(imports, specifier).map((target) => owner.folder + target)
}

/** Reads a map of subpaths, with exact keys before patterns and longer patterns before shorter ones. */
function targetsIn(map: Json, key: string): string[] {
  const isMap = typeof map === 'object' && map !== null && !Array.isArray(map)
  const keys = isMap ? Object.keys(map).filter((name) => name.startsWith('.') || name.startsWith('#')) : []
  if (!isMap || keys.length === 0) return key === '.' ? flatten(map, undefined) : []
  const exact = keys.includes(key) && !key.includes('*')
  if (exact) return flatten(map[key] ?? null, undefined)
  const patterns = keys.filter((name) => name.split('*').length === 2)
  const fitting = patterns.flatMap((pattern) => {
    const star = matchStar(pattern, key)
    return star === undefined ? [] : [{ pattern, star }]
  })
  const best = fitting.sort((a, b) => b.pattern.indexOf('*') - a.pattern.indexOf('*'))[0]
  return best === undefined ? [] : flatten(map[best.pattern] ?? null, best.star)
}

/** What the one `*` of a pattern stands for in a text; undefined where the pattern does not fit. */
export function matchStar(pattern: string, text: string): string | undefined {
  const at = pattern.indexOf('*')
  if (at === -1) return pattern === text ? '' : undefined
  const before = pattern.slice(0, at)
  const after = pattern.slice(at + 1)
  const fits = text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  return fits ? text.slice(before.length, text.length - after.length) : undefined
}

/** Conditions and lists inside each other; more are no package anyone wrote. */
const NESTING_MAX = 32

function flatten(target: Json, star: string | undefined, depth = 0): string[] {
  if (typeof target === 'string') {
    if (!target.startsWith('./')) return []
    return [relative(star === undefined ? target : target.replaceAll('*', () => star))]
  }
  if (typeof target !== 'object' || target === null || depth >= NESTING_MAX) return []
  return Object.values(target).flatMap((value) => flatten(value, star, depth + 1))
}

function relative(target: string): string {
  return target.startsWith('./') ? target.slice(2) : target
}
