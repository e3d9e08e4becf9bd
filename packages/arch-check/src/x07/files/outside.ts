import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'

/**
 * Whether a path leads out of a folder once every link in it is followed. `realFolder` is free of links. What is not there
 * leads nowhere.
 */
export function leadsOutside(realFolder: string, path: string): boolean {
  let real: string
  try {
    real = realpathSync.native(path)
  } catch {
    return false
  }
  const inside = relative(realFolder, real)
  return inside === '..' || inside.startsWith(`..${sep}`)
}
