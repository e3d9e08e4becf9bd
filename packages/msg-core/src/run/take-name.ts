import { hash } from 'node:crypto'
import { linkSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { errorCode } from '../format/cassette/open-file.ts'

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
 * @returns whether it got the name; where it did not, nothing has changed
 */
export function takeName(path: string, final: string, before: string | undefined): boolean {
  // A hard link is made or refused at once. Where nothing has the name, it is the name; else it is a claim of the version
  // to be replaced, which is let go when that version is no longer there.
  const claim = before === undefined ? final : `${final}.${hash('sha256', before).slice(0, 8)}.claim`
  try {
    if (claim !== final) removeStale(claim)
    linkSync(path, claim)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    // A file system without hard links: looking and renaming are two steps there.
    if (versionOf(final) !== before) return false
    renameSync(path, final)
    return true
  }
  if (claim === final) {
    unlinkSync(path)
    return true
  }
  try {
    if (versionOf(final) !== before) return false
    renameSync(path, final)
    return true
  } finally {
    unlinkSync(claim)
  }
}

/** What a stale claim names is also under the name of its recording, or has its cassette's name already. */
function removeStale(claim: string): void {
  const stat = statSync(claim, { throwIfNoEntry: false })
  // Making a link changes the time of the file's state.
  if (stat !== undefined && Date.now() - stat.ctimeMs > staleClaimMs) unlinkSync(claim)
}
