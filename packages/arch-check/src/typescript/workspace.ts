import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Json } from '../finding.ts'
import type { JsonObject } from '../x07/modules/x07-fields.ts'
import { field } from '../x07/modules/x07-fields.ts'

/** A package of the repository. */
export interface WorkspacePackage {
  name: string
  /** `''` for the root, else a path that ends in `/`. */
  folder: string
  manifest: JsonObject
}

/** The packages of the repository and which of them a file belongs to. */
export interface Workspace {
  byName: ReadonlyMap<string, WorkspacePackage>
  /** The package of the nearest folder with a named `package.json`; undefined outside of any. */
  packageOf(file: string): WorkspacePackage | undefined
}

/**
 * Reads the `package.json` files among `settings` (relative paths in order). Files that are not JSON or name no package
 * stand for nothing, as for Node; of two packages with one name the first counts.
 */
export async function readWorkspace(root: string, settings: readonly string[]): Promise<Workspace> {
  const byName = new Map<string, WorkspacePackage>()
  const byFolder = new Map<string, WorkspacePackage>()
  for (const file of settings) {
    if (path.posix.basename(file) !== 'package.json' || isInstalled(file)) continue
    const manifest = await readObject(path.join(root, file))
    const name = manifest && field(manifest, 'name')
    if (manifest === undefined || typeof name !== 'string' || name === '') continue
    const found = { name, folder: file.slice(0, -'package.json'.length), manifest }
    byFolder.set(found.folder, found)
    if (!byName.has(name)) byName.set(name, found)
  }
  return { byName, packageOf: nearest((folder) => byFolder.get(folder)) }
}

/** Whether a path lies in an installed dependency, which is never part of the workspace's own sources. */
export function isInstalled(file: string): boolean {
  return file.startsWith('node_modules/') || file.includes('/node_modules/')
}

/** Looks a file's folders up from the inside to the root, and remembers the answer for each. */
export function nearest<T>(lookUp: (folder: string) => T | undefined): (file: string) => T | undefined {
  const known = new Map<string, T | undefined>()
  const find = (folder: string): T | undefined => {
    if (known.has(folder)) return known.get(folder)
    const found = lookUp(folder) ?? (folder === '' ? undefined : find(parentOf(folder)))
    known.set(folder, found)
    return found
  }
  return (file) => find(file.slice(0, file.lastIndexOf('/') + 1))
}

function parentOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1)
}

async function readObject(file: string): Promise<JsonObject | undefined> {
  try {
    const value: Json = JSON.parse(await readFile(file, 'utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
