import { artefactNames, type ArtefactName, type Artefacts } from './artefacts.ts'
import type { RecordedResult, RecordedResults } from './result-entries.ts'

/** One artefact of a replay beside the recorded one. */
export interface Comparison {
  readonly name: ArtefactName
  readonly outcome: 'identical' | 'differs' | 'not_recorded'
  /** The first place that differs: offset in bytes, and what stands there on either side. */
  readonly first?: { readonly offset: number; readonly recorded: string; readonly now: string }
}

/** Characters shown on either side of the first difference. */
const shown = 40

export function compareArtefacts(recorded: RecordedResults | undefined, now: Artefacts): Comparison[] {
  return artefactNames.map((name) => {
    const before = recorded?.[name]
    if (before === undefined) return { name, outcome: 'not_recorded' }
    const after = now[name]
    const offset = firstDifference(before, after)
    if (offset === undefined) return { name, outcome: 'identical' }
    const recordedThere = excerptOf(before, offset)
    return { name, outcome: 'differs', first: { offset, recorded: recordedThere, now: excerpt(after, offset) } }
  })
}

/** The first byte that is not the same; undefined where all are. */
function firstDifference(before: RecordedResult, after: Uint8Array): number | undefined {
  let at = 0
  for (const part of before.parts()) {
    const there = after.subarray(at, at + part.length)
    if (Buffer.compare(part, there) !== 0) {
      let offset = 0
      while (offset < there.length && part[offset] === there[offset]) offset++
      return at + offset
    }
    at += part.length
  }
  return at === after.length ? undefined : at
}

function excerptOf({ parts }: RecordedResult, offset: number): string {
  const [start, end] = [Math.max(0, offset - shown / 2), offset + shown]
  const found: Uint8Array[] = []
  let at = 0
  for (const part of parts()) {
    if (at + part.length > start && at < end) found.push(part.subarray(Math.max(0, start - at), end - at))
    at += part.length
  }
  return Buffer.concat(found).toString()
}

function excerpt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.subarray(Math.max(0, offset - shown / 2), offset + shown)).toString()
}
