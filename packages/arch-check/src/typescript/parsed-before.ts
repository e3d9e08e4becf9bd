import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFileWhole } from '../x07/files/write.ts'
import type { TsParse } from './ts-source.ts'

/** Sources that are remembered; those of this run first. A source takes about 500 bytes. */
const SOURCES_MAX = 20_000

/** What sources were found to say, by the hash of the whole source: the same text always says the same. */
export interface ParsedBefore {
  /** The outcome for a source, from before or from `parse`. Faults are not remembered. */
  of(path: string, text: string, parse: () => TsParse | Promise<TsParse>): TsParse | Promise<TsParse>
  /** Writes what was learned; what cannot be written is found out again. */
  keep(): void
}

/**
 * Opens what an earlier check found. The file holds data alone, and belongs to one build of this program: another may read
 * sources differently.
 *
 * @param file undefined remembers nothing
 */
export function openParsedBefore(file: string | undefined): ParsedBefore {
  if (file === undefined) return { of: (_path, _text, parse) => parse(), keep() {} }
  const before = read(file)
  const used = new Map<string, TsParse>()
  let learned = false
  const learn = (key: string, parsed: TsParse): TsParse => {
    if ('source' in parsed) {
      learned = true
      used.set(key, parsed)
    }
    return parsed
  }
  return {
    of(path, text, parse) {
      const key = hash('sha256', `${/(?:\.d)?\.[^.]*$/.exec(path)?.[0] ?? ''}\n${text}`, 'base64')
      const known = used.get(key) ?? before.get(key)
      if (known !== undefined) {
        used.set(key, known)
        return known
      }
      const parsed = parse()
      return parsed instanceof Promise ? parsed.then((outcome) => learn(key, outcome)) : learn(key, parsed)
    },
    keep() {
      if (!learned) return
      const all = [...used, ...[...before].filter(([key]) => !used.has(key))].slice(0, SOURCES_MAX)
      try {
        writeFileWhole(file, JSON.stringify(all))
      } catch {
        // Nothing may be written there.
      }
    },
  }
}

function read(file: string): ReadonlyMap<string, TsParse> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, TsParse][])
  } catch {
    return new Map()
  }
}
