import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { partialEnding } from '@x07-lab/msg-core/run'
import { UserError } from '../../user-error.ts'

/** Endings of the files below `.x07_rr/` that are listed, and that `arch:check` pins: this program's, and X07's `.x07rr.bin`. */
const endings = ['.rrbin', '.bin']

/** Whether a file of this name is taken for a cassette. */
export function isCassetteName(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending))
}

/** Names of the cassettes below `.x07_rr/`, sorted. */
export function cassetteNames(root: string): string[] {
  const folder = join(root, CASSETTE_FOLDER)
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isCassetteName)
      .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** What a person should hear of the name of a recording; undefined where that is nothing. X07 takes any name. */
export function remarkOnName(name: string): string | undefined {
  return isCassetteName(name)
    ? undefined
    : `cassette ls and arch:check take only what ends in .rrbin or .bin for a cassette, so they pass over ${name}`
}

/**
 * Refuses to record under a name that says that the recording is not complete. To replay, a name is as good as any other.
 *
 * @throws UserError naming the right spelling
 */
export function refusePartialName(name: string): void {
  if (!name.endsWith(partialEnding)) return
  const stem = name.slice(0, -partialEnding.length)
  const proposal = isCassetteName(stem) ? stem : `${stem}.rrbin`
  throw new UserError(
    `record: --cassette ${JSON.stringify(name)}: ${partialEnding} is the ending of recordings that are not complete; name it ${JSON.stringify(proposal)}`,
  )
}
