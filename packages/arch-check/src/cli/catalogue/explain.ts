import type { CatalogueEntry } from './entry.ts'
import { FILE_CODES } from './files.ts'
import { GRAPH_CODES } from './graph.ts'
import { MANIFEST_CODES } from './manifest.ts'
import { MESSAGING_CODES } from './messaging.ts'
import { RR_CODES } from './rr.ts'

/** Every code a finding can have. */
export const CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map(
  [...MANIFEST_CODES, ...GRAPH_CODES, ...RR_CODES, ...MESSAGING_CODES, ...FILE_CODES].map((entry) => [entry[0], entry]),
)

/** What a code means and what to do about it; undefined for a code no finding has. */
export function explain(code: string): string | undefined {
  const entry = CATALOGUE.get(code)
  if (entry === undefined) return undefined
  const [name, meaning, remedy] = entry
  return `${name}\n\n${meaning}\n${remedy}\n`
}

/** Codes a mistyped or shortened one may stand for; none where it may be one of many. */
export function similarCodes(code: string): string[] {
  const part = code.toUpperCase()
  const found = part === '' ? [] : [...CATALOGUE.keys()].filter((known) => known.includes(part))
  return found.length <= MAX_SIMILAR ? found : []
}

/** More suggestions than these are no help. */
const MAX_SIMILAR = 5
