import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER, withoutLaterParts } from '../format/index.ts'
import { nearNames } from '../kit/command-line/near-names.ts'
import { hasCassetteEnding } from '../format/partial-name.ts'

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

/** Asks whether one of the cassettes with a name like this one is meant; undefined where there are none. */
export function nearCassettes(root: string, file: string): string | undefined {
  const near = nearNames(stemOf(file), cassetteNames(root).map(stemOf))
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`
}

/** A name as people say it: without the folder, without the ending. */
function stemOf(file: string): string {
  return file.replace(/^\.x07_rr\//, '').replace(/\.rrbin$/, '')
}
