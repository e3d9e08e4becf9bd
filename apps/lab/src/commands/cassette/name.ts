import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER, withoutLaterParts } from '@x07-lab/msg-core/format'
import { hasCassetteEnding } from '@x07-lab/msg-core/run'

/** Names of the cassettes below `.x07_rr/`, sorted; of a recording in parts that of the first. */
export function cassetteNames(root: string): string[] {
  const folder = join(root, CASSETTE_FOLDER)
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(hasCassetteEnding)
      .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
    return withoutLaterParts(names, (name) => join(folder, name)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
