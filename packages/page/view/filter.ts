import { entryFlags } from '../src/document.ts'
import type { Details, Recording } from './data.ts'

/** What of a recording is listed. */
export interface Filter {
  readonly kind: string
  readonly track: string
  readonly outcome: string
  readonly key: string
  readonly text: string
  readonly divergentOnly: boolean
}

export const everything: Filter = { kind: '', track: '', outcome: '', key: '', text: '', divergentOnly: false }

/** What of a filter the tables can tell, at once. */
export function filterByTables(recording: Recording, filter: Filter): Uint32Array {
  const { column, index, count } = recording
  const track = filter.track === '' ? -1 : index.tracks.indexOf(filter.track)
  const outcome = filter.outcome === '' ? -1 : index.outcomes.indexOf(filter.outcome)
  const found = new Uint32Array(count)
  let length = 0
  for (let entry = 0; entry < count; entry++) {
    if (filter.kind !== '' && recording.kindOf(entry) !== filter.kind) continue
    if (track >= 0 && column.track[entry] !== track) continue
    if (outcome >= 0 && column.outcome[entry] !== outcome) continue
    if (filter.divergentOnly && ((column.flags[entry] ?? 0) & entryFlags.divergent) === 0) continue
    found[length++] = entry
  }
  return found.subarray(0, length)
}

/** Whether a filter asks for what stands in the messages themselves. */
export function needsMessages({ key, text }: Filter): boolean {
  return key !== '' || text !== ''
}

/** Entries between two reports of a search. */
const reportEvery = 4_096

/**
 * Looks for key and text in the messages of these entries, block by block.
 *
 * @param report told what is found so far, and how far the search is; false ends it
 */
export async function searchMessages(
  recording: Recording,
  entries: Uint32Array,
  filter: Filter,
  report: (found: Uint32Array, searched: number, done: boolean) => boolean,
): Promise<void> {
  const found = new Uint32Array(entries.length)
  let length = 0
  for (const [at, entry] of entries.entries()) {
    if (at % reportEvery === 0 && at > 0 && !report(found.slice(0, length), at, false)) return
    if (matches(recording.detailsNow(entry) ?? (await recording.details(entry)), filter, recording))
      found[length++] = entry
  }
  report(found.slice(0, length), entries.length, true)
}

function matches(details: Details, { key, text }: Filter, recording: Recording): boolean {
  if (key !== '' && details.key?.includes(key) !== true) return false
  return text === '' || textOf(details, recording).toLowerCase().includes(text.toLowerCase())
}

function textOf(details: Details, recording: Recording): string {
  const { body } = details
  const same = body !== null && 'same' in body ? recording.detailsNow(body.same)?.body : body
  const shown = same === null || same === undefined ? '' : 'text' in same ? same.text : 'hex' in same ? same.hex : ''
  const { op, lane, topic, key, headers, properties, metadata, reason, readings } = details
  return [op, lane, topic, key, shown, reason, JSON.stringify([headers, properties, metadata, readings])].join('\n')
}
