import { closestMatch } from 'leven'

/** Names offered, at most. */
const offered = 3

/** Of the names that there are, those that a mistyped one may mean: near in spelling, or beginning with it. */
export function nearNames(mistyped: string, names: readonly string[]): string[] {
  // Three letters wrong, but not more than every other one.
  const maxDistance = Math.min(3, Math.floor(mistyped.length / 2))
  const closest = maxDistance === 0 ? undefined : closestMatch(mistyped, [...names], { maxDistance })
  const begun = mistyped === '' ? [] : names.filter((name) => name.startsWith(mistyped))
  return [...new Set([...(closest === undefined ? [] : [closest]), ...begun])].slice(0, offered)
}
