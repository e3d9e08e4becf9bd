import { type Dirent, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { compareUtf8 } from '../../order.ts'
import type { Automaton, State } from './automaton.ts'

/** What a walk looks for; the globs are those of the manifest lock. */
export interface WalkOptions {
  root: string
  include: Automaton
  exclude: Automaton
  /** Which of the files that the globs keep are modules, by the end of their path. */
  suffixes: readonly string[]
}

/** What a walk found; all paths are relative to the root, with `/` separators, in UTF-8 byte order. */
export interface WalkResult {
  files: string[]
  /** `package.json` and `tsconfig*.json` files in the folders walked, whatever the globs say. */
  settings: string[]
  /** Folders that could not be read, with the system's error code. */
  unreadable: { path: string; code: string }[]
}

/** Folders read at the same time; more only fills the queue of the four threads that read them. */
const FOLDERS_AT_ONCE = 16

interface Folder {
  /** `''` or a path that ends in `/`. */
  prefix: string
  include: State
  exclude: State
}

/**
 * Finds the regular files under the root that match an include glob and no exclude glob. Symbolic links are not
 * followed. A folder is left out when the exclude globs take everything in it or no include glob can match in it, so
 * `node_modules` costs nothing where it is excluded. `.DS_Store` and names that begin with `._` are skipped.
 */
export async function walk(options: WalkOptions): Promise<WalkResult> {
  const result: WalkResult = { files: [], settings: [], unreadable: [] }
  const pending: Folder[] = [{ prefix: '', include: options.include.start, exclude: options.exclude.start }]
  while (pending.length > 0) {
    const batch = pending.splice(-FOLDERS_AT_ONCE)
    // A folder alone is read sooner than another thread would wake up.
    const listings =
      batch.length === 1
        ? batch.map((folder) => listNow(options, folder))
        : await Promise.all(batch.map((folder) => list(options, folder)))
    for (const [at, folder] of batch.entries()) pending.push(...visit(options, folder, listings[at] ?? [], result))
  }
  result.files.sort(compareUtf8)
  result.settings.sort(compareUtf8)
  result.unreadable.sort((a, b) => compareUtf8(a.path, b.path))
  return result
}

/** What stands in a folder, or the system's error. */
type Listing = readonly Dirent[] | { error: unknown }

async function list({ root }: WalkOptions, { prefix }: Folder): Promise<Listing> {
  try {
    return await readdir(path.join(root, prefix), { withFileTypes: true })
  } catch (error) {
    return { error }
  }
}

function listNow({ root }: WalkOptions, { prefix }: Folder): Listing {
  try {
    return readdirSync(path.join(root, prefix), { withFileTypes: true })
  } catch (error) {
    return { error }
  }
}

/** Adds what a folder holds to the result; the folders in it are returned. */
function visit(options: WalkOptions, folder: Folder, listing: Listing, result: WalkResult): Folder[] {
  if ('error' in listing) {
    const { error } = listing
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    result.unreadable.push({ path: folder.prefix === '' ? '.' : folder.prefix.slice(0, -1), code })
    return []
  }
  const folders: Folder[] = []
  for (const entry of listing) {
    const { name } = entry
    if (name.startsWith('._') || name === '.DS_Store') continue
    if (entry.isDirectory()) {
      const include = options.include.step(folder.include, `${name}/`)
      const exclude = options.exclude.step(folder.exclude, `${name}/`)
      if (!include.dead && exclude.always.length === 0)
        folders.push({ prefix: `${folder.prefix}${name}/`, include, exclude })
      continue
    }
    if (!entry.isFile()) continue
    if (isSettings(name)) result.settings.push(folder.prefix + name)
    if (!options.suffixes.some((suffix) => name.endsWith(suffix))) continue
    if (options.include.step(folder.include, name).tags.length === 0) continue
    if (options.exclude.step(folder.exclude, name).tags.length > 0) continue
    result.files.push(folder.prefix + name)
  }
  return folders
}

function isSettings(name: string): boolean {
  return name === 'package.json' || (name.startsWith('tsconfig') && name.endsWith('.json'))
}
