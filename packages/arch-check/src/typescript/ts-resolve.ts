import { isBuiltin } from 'node:module'
import path from 'node:path'
import { exportTargets, importTargets } from './package-targets.ts'
import type { PathTargets } from './tsconfig-paths.ts'
import type { Workspace } from './workspace.ts'

/** What a specifier in a TypeScript file stands for; see `ModuleImport`. */
interface Resolved {
  name: string
  local: boolean
}

/** Names modules and what they import. */
export interface TsResolver {
  idOf(file: string): string
  resolve(from: string, specifier: string): Resolved
}

/** Endings a specifier may leave out, in the order they are tried. */
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.d.ts']
/** What the compiler makes of a source, and the source. */
const SOURCES: readonly [built: string, sources: readonly string[]][] = [
  ['.js', ['.ts', '.tsx', '.d.ts']],
  ['.jsx', ['.tsx']],
  ['.mjs', ['.mts']],
  ['.cjs', ['.cts']],
]
/** Where packages put what they build out of `src`. */
const BUILD_FOLDER = /^(?:dist|lib|build|out)\//

/**
 * Resolves without touching the disk: among the files of the scan, the packages of the workspace and the path maps. A
 * package of the workspace is found by name whether or not the importing package declares or has installed it, because
 * an import that should not be there is what a check looks for.
 */
export function tsResolver(files: ReadonlySet<string>, workspace: Workspace, pathTargets: PathTargets): TsResolver {
  const idOf = (file: string): string => {
    const owner = workspace.packageOf(file)
    return owner === undefined ? file : `${owner.name}/${file.slice(owner.folder.length)}`
  }
  const source = (target: string): string | undefined => sourceOf(files, path.posix.normalize(target))
  const sourceOrUnbuilt = (target: string): string | undefined => {
    const found = source(target)
    if (found !== undefined) return found
    const folder = workspace.packageOf(target)?.folder ?? ''
    const inPackage = target.slice(folder.length)
    return BUILD_FOLDER.test(inPackage) ? source(folder + inPackage.replace(BUILD_FOLDER, 'src/')) : undefined
  }
  const firstOf = (targets: readonly string[]): string | undefined => {
    for (const target of targets) {
      const found = sourceOrUnbuilt(target)
      if (found !== undefined) return found
    }
    return undefined
  }

  const resolveRelative = (from: string, specifier: string): Resolved => {
    const [plain = ''] = specifier.split(/[?#]/, 1)
    const target = path.posix.join(path.posix.dirname(from), plain)
    const found = source(target)
    if (found !== undefined) return { name: idOf(found), local: false }
    const outside = target === '..' || target.startsWith('../')
    return {
      name: outside ? specifier : idOf(target),
      local: !outside && workspace.packageOf(target) === workspace.packageOf(from),
    }
  }

  return {
    idOf,
    resolve(from, specifier) {
      if (/^\.\.?(?:\/|$)/.test(specifier)) return resolveRelative(from, specifier)
      if (specifier.startsWith('node:')) return { name: specifier, local: false }
      const owner = workspace.packageOf(from)
      const targets = specifier.startsWith('#') && owner !== undefined ? importTargets(owner, specifier) : []
      const mapped = firstOf([...pathTargets(from, specifier), ...targets, ...packageTargets(workspace, specifier)])
      if (mapped !== undefined) return { name: idOf(mapped), local: false }
      if (targets.length > 0) return { name: specifier, local: true }
      return { name: isBuiltin(specifier) ? `node:${specifier}` : specifier, local: false }
    },
  }
}

function packageTargets(workspace: Workspace, specifier: string): string[] {
  const [, name = '', subpath = ''] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/s.exec(specifier) ?? []
  const found = workspace.byName.get(name)
  return found === undefined ? [] : exportTargets(found, subpath)
}

function sourceOf(files: ReadonlySet<string>, target: string): string | undefined {
  const clean = target.endsWith('/') ? target.slice(0, -1) : target
  if (files.has(clean)) return clean
  for (const [built, sources] of SOURCES) {
    if (!clean.endsWith(built)) continue
    const stem = clean.slice(0, -built.length)
    const found = sources.map((ending) => stem + ending).find((file) => files.has(file))
    if (found !== undefined) return found
  }
  const folder = clean === '.' ? '' : `${clean}/`
  return [...ENDINGS.map((ending) => clean + ending), ...ENDINGS.map((ending) => `${folder}index${ending}`)].find(
    (file) => files.has(file),
  )
}
