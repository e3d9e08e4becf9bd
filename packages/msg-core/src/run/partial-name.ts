/** Ending of a recording that is under way or was cut off. */
export const partialEnding = '.partial.rrbin'

/**
 * The name of a recording until it is complete: `NAME.<id>.partial.rrbin` beside the cassette `NAME.rrbin`.
 *
 * @param id letters and digits that no other run has
 */
export function partialName(cassette: string, id: string): string {
  return `${cassette.replace(/\.rrbin$/, '')}.${id}${partialEnding}`
}
