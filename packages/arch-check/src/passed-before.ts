import { readFileSync } from 'node:fs'
import { writeFileWhole } from './x07/files/write.ts'

/** Keys that are remembered; those of this run first. One takes some 50 bytes. */
const KEYS_MAX = 20_000

/**
 * What passed a check before. A key is a hash of everything that the verdict follows from, so that the same always passes. What
 * did not pass is not remembered: it is looked at again, and told in full.
 */
export interface PassedBefore {
  has(key: string): boolean
  add(key: string): void
  /** Writes what was learned; what cannot be written is found out again. */
  keep(): void
}

/**
 * Opens what an earlier check found.
 *
 * @param file belongs to one build of this program, since another may check otherwise
 */
export function openPassedBefore(file: string): PassedBefore {
  const before = read(file)
  const used = new Set<string>()
  let learned = false
  return {
    has(key) {
      const is = used.has(key) || before.has(key)
      if (is) used.add(key)
      return is
    },
    add(key) {
      learned = true
      used.add(key)
    },
    keep() {
      if (!learned) return
      try {
        writeFileWhole(file, JSON.stringify([...used.union(before)].slice(0, KEYS_MAX)))
      } catch {
        // Nothing may be written there.
      }
    },
  }
}

function read(file: string): ReadonlySet<string> {
  try {
    const keys: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return new Set(Array.isArray(keys) ? (keys as unknown[]).filter((key) => typeof key === 'string') : [])
  } catch {
    return new Set()
  }
}
