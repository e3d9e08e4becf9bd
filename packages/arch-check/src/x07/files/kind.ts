import { type Stats, statSync } from 'node:fs'

/** Whether a folder stands at a path, links followed; as in X07 no, where the system cannot say. */
export function isFolder(path: string): boolean {
  return statsOf(path)?.isDirectory() ?? false
}

/** Whether a regular file stands at a path, links followed; as in X07 no, where the system cannot say. */
export function isRegularFile(path: string): boolean {
  return statsOf(path)?.isFile() ?? false
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    // A name that is too long, or links that go round in a circle.
    return undefined
  }
}
