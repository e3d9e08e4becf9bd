/** Ending of a recording that is under way, was interrupted, or was refused by its own run. */
export const partialEnding = '.partial.rrbin'

/** Endings of cassettes: this program's, and that of X07's `.x07rr.bin`. */
const endings = ['.rrbin', '.bin']

/** Whether a file of this name is taken for a cassette by listings and locks. */
export function hasCassetteEnding(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending))
}

/**
 * The name of a recording until it is complete: `NAME.<id>.partial.rrbin` beside the cassette `NAME.rrbin`.
 *
 * @param id letters and digits that no other run has
 */
export function partialName(cassette: string, id: string): string {
  return `${cassette.replace(/\.rrbin$/, '')}.${id}${partialEnding}`
}

/**
 * Why a file of this name is no recording, whole or not: what its run refused to take keeps its partial name. Undefined where it
 * may be one.
 */
export function unfinished(name: string): string | undefined {
  if (!name.endsWith(partialEnding)) return undefined
  return 'by its name it is a recording that did not end, or was refused; record it again, or delete it (lab cassette clean)'
}

/** Why nothing is recorded under this name, and the name to take. Undefined where it may be. */
export function unrecordable(name: string): string | undefined {
  if (!name.endsWith(partialEnding)) return undefined
  const stem = name.slice(0, -partialEnding.length)
  const proposal = JSON.stringify(hasCassetteEnding(stem) ? stem : `${stem}.rrbin`)
  return `${partialEnding} is the ending of recordings that are not complete; name it ${proposal}`
}
