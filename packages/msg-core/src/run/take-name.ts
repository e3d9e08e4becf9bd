import { hash } from 'node:crypto'
import { linkSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { errorCode } from '../format/cassette/open-file.ts'
import { partAt, partFileName } from '../format/part.ts'

/** A claim lasts for a rename; one so much older was left by a process that died in between. */
const staleClaimMs = 60_000

/** Tells a file from one that has taken its place; undefined where there is none. */
export function versionOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}

/**
 * Gives a finished recording the name of its cassette, if what has the name is still the version that was there when the
 * recording began. Of any number of recordings that began with one version exactly one gets the name, whenever they end and
 * in whichever process; a reader finds the old one or the new one, never nothing.
 *
 * Of a recording in parts the later ones get their names first, from the last to the second, and the first part at the end: its name
 * is what makes the recording the cassette. Where the old cassette has parts as well, a reader that opens it in between is refused,
 * since a part names the seal of the one before; old and new are never read as one. So it is too where the process dies in between:
 * the parts that have no name yet are still beside it as `*.partial.rrbin`. Parts of the old cassette beyond the new one's last go
 * when all is done.
 *
 * @param parts how many parts the recording at `path` has
 * @returns whether it got the name; where it did not, nothing has changed
 */
export function takeName(path: string, final: string, before: string | undefined, parts = 1): boolean {
  const took = parts === 1 && before === undefined ? takeFree(path, final) : takeClaimed(path, final, before, parts)
  if (took) removeBeyond(final, parts)
  return took
}

/** A hard link is made or refused at once: where nothing has the name, it is the name. */
function takeFree(path: string, final: string): boolean {
  try {
    linkSync(path, final)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    return takeUnclaimed(path, final, undefined, 1)
  }
  unlinkSync(path)
  return true
}

/** The link is a claim of the version to be replaced, which is let go when that version is no longer there. */
function takeClaimed(path: string, final: string, before: string | undefined, parts: number): boolean {
  const claim = `${final}.${hash('sha256', before ?? 'nothing').slice(0, 8)}.claim`
  try {
    removeStale(claim)
    linkSync(path, claim)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    return takeUnclaimed(path, final, before, parts)
  }
  try {
    return takeUnclaimed(path, final, before, parts)
  } finally {
    unlinkSync(claim)
  }
}

/** Looking and renaming are two steps: on a file system without hard links nothing keeps another recording out between them. */
function takeUnclaimed(path: string, final: string, before: string | undefined, parts: number): boolean {
  if (versionOf(final) !== before) return false
  for (let part = parts; part > 1; part--) {
    const target = partFileName(final, part)
    // What is no part is somebody's cassette.
    if (versionOf(target) !== undefined && partAt(target)?.number !== part)
      return giveBack(path, final, part + 1, parts)
    renameSync(partFileName(path, part), target)
  }
  if (before !== undefined || parts === 1) renameSync(path, final)
  else if (!takeFree(path, final)) return giveBack(path, final, 2, parts)
  return true
}

/** The parts from `first` on have their names, and the recording is not to have its own. */
function giveBack(path: string, final: string, first: number, parts: number): false {
  for (let part = first; part <= parts; part++) renameSync(partFileName(final, part), partFileName(path, part))
  return false
}

/** A cassette of another recording whose name reads like a part's stays. */
function removeBeyond(final: string, parts: number): void {
  for (let part = parts + 1; partAt(partFileName(final, part))?.number === part; part++) {
    unlinkSync(partFileName(final, part))
  }
}

/** What a stale claim names is also under the name of its recording, or has its cassette's name already. */
function removeStale(claim: string): void {
  const stat = statSync(claim, { throwIfNoEntry: false })
  // Making a link changes the time of the file's state.
  if (stat !== undefined && Date.now() - stat.ctimeMs > staleClaimMs) unlinkSync(claim)
}
