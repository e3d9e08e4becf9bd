import { isAbsolute, sep } from 'node:path'

/** Both forms of a contract's path: as reports show it, and as a path of the system. */
export function bothPaths(root: string, path: string): { file: string; full: string } {
  // Most paths have nothing to normalise, and there are thousands of them.
  if (!isAbsolute(path) && !UNUSUAL_PATH.test(path)) return { file: path, full: `${root}/${path}` }
  return { file: shownPath(root, path), full: underRoot(root, path) }
}

/**
 * A path of the command line or of a contract, as a path of the system. Nothing in it is normalised: `missing/..` leads
 * nowhere, `link/..` to the folder around what the link leads to, and `file/.` is no file.
 */
export function underRoot(root: string, path: string): string {
  return isAbsolute(path) ? path : `${root}/${path}`
}

/** A path that is not just names with a slash between each two. */
const UNUSUAL_PATH = /^$|^\/|\/$|\/\/|(?:^|\/)\.|\\/

/**
 * A path as reports and locks show it: relative to the root, separators are slashes, `./` before it and `/` or `/.`
 * after it go, nothing else is normalised. An absolute path outside the root stays as it is.
 */
export function shownPath(root: string, path: string): string {
  if (!isAbsolute(path)) return UNUSUAL_PATH.test(path) ? withoutEnds(path).replaceAll('\\', '/') : path
  return withoutEnds(belowRoot(root, path) ?? '').replaceAll('\\', '/') || path
}

function withoutEnds(path: string): string {
  return path
    .replace(/(?:\/\.?)+$/, '')
    .replace(/^(?:\.\/+)+/, '')
    .replace(/^\.$/, '')
}

/** Whether an absolute path lies outside the root. A relative one never does by this rule, whatever its `..`. */
export function isOutside(root: string, path: string): boolean {
  if (!isAbsolute(path)) return false
  return (belowRoot(root, path) ?? '') === ''
}

/** What follows the root in an absolute path, compared name by name as X07 does it: `..` is a name like any other. */
function belowRoot(root: string, path: string): string | undefined {
  let rest = withSlashes(path).replace(NOTHING, '')
  for (const name of withSlashes(root).split('/')) {
    if (name === '' || name === '.') continue
    if (rest !== name && !rest.startsWith(`${name}/`)) return undefined
    rest = rest.slice(name.length).replace(NOTHING, '')
  }
  return rest
}

const withSlashes = (path: string): string => (sep === '/' ? path : path.replaceAll(sep, '/'))

/** Slashes and single dots before the next name. */
const NOTHING = /^(?:\.?\/+)+(?:\.$)?/
