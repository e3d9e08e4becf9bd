import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The repository that this program is part of. */
export const programRoot = join(import.meta.dirname, '..', '..', '..')

/** The project to work in: the nearest folder from `cwd` upwards with an arch manifest, else this program's own. */
export function findRoot(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'arch', 'manifest.x07arch.json'))) return folder
    if (dirname(folder) === folder) return programRoot
  }
}
