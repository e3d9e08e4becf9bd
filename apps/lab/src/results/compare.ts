import { artefactNames, type ArtefactName, type Artefacts } from './artefacts.ts'

/** One artefact of a replay beside the recorded one. */
export interface Comparison {
  readonly name: ArtefactName
  readonly outcome: 'identical' | 'differs' | 'not_recorded'
  /** The first place that differs: offset in bytes, and what stands there on either side. */
  readonly first?: { readonly offset: number; readonly recorded: string; readonly now: string }
}

/** Characters shown on either side of the first difference. */
const shown = 40

export function compareArtefacts(
  recorded: Partial<Record<ArtefactName, Uint8Array>> | undefined,
  now: Artefacts,
): Comparison[] {
  return artefactNames.map((name) => {
    const before = recorded?.[name]
    if (before === undefined) return { name, outcome: 'not_recorded' }
    const after = now[name]
    if (Buffer.compare(before, after) === 0) return { name, outcome: 'identical' }
    let offset = 0
    while (offset < before.length && before[offset] === after[offset]) offset++
    return {
      name,
      outcome: 'differs',
      first: { offset, recorded: excerpt(before, offset), now: excerpt(after, offset) },
    }
  })
}

function excerpt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.subarray(Math.max(0, offset - shown / 2), offset + shown)).toString()
}
