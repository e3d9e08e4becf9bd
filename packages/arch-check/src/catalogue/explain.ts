/** What a code means and what to do about it; undefined for a code no finding has. */
export function explain(_code: string): string | undefined {
  return undefined
}
