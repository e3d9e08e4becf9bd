import { hash } from 'node:crypto'
import { decodeEntry, type CassetteReader, type EntryFields } from '../format/cassette/index.ts'
import type { Seal } from '../format/seal-form.ts'
import { messagingKind } from '../format/record/index.ts'

/** Ranges of a seal at most: a run whose hits and misses alternate more often says no more of it. */
const maxStarts = 10_000

/**
 * The seal's `recordings`: which entries of a cassette came from which broker run, where what was missing was recorded later: pairs of
 * an entry, ascending, and the number of the recording from it on. Absent for one recording. Positions in a log (an offset, the
 * order of a key) of two recordings have nothing to do with each other.
 */
export type RecordingStarts = readonly (readonly [entry: number, recording: number])[]

/** Reads them from a seal; empty where it does not say. */
export function recordingStarts(seal: Seal | undefined): RecordingStarts {
  const starts = seal?.['recordings']
  if (!Array.isArray(starts)) return []
  const pairs = starts.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isSafeInteger))
  return pairs ? (starts as RecordingStarts) : []
}

/** The recording that an entry is of; for entries asked for in ascending order. */
export function recordingOf(starts: RecordingStarts): (entry: number) => number {
  let at = -1
  return (entry) => {
    if (at >= 0 && (starts[at]?.[0] ?? 0) > entry) at = -1
    while ((starts[at + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= entry) at++
    return starts[at]?.[1] ?? 0
  }
}

/** Numbers the entries of a run that takes hits from a cassette: those of the cassette keep theirs, the others have the next one. */
export class RecordingNumbers {
  readonly #known = new Map<string, number>()
  readonly #own: number
  readonly #starts: [entry: number, recording: number][] = []

  constructor(reader: CassetteReader, seal: Seal | undefined) {
    const starts = recordingStarts(seal)
    const numberOf = recordingOf(starts)
    this.#own = Math.max(0, ...starts.map(([, recording]) => recording)) + 1
    for (let entry = 0; entry < reader.count; entry++) {
      const fields = decodeEntry(reader.entry(entry))
      if (isMessaging(fields)) this.#known.set(digestOf(fields), numberOf(entry))
    }
  }

  /** The number of an entry as it is written. */
  of(fields: EntryFields): number {
    return this.#known.get(digestOf(fields)) ?? this.#own
  }

  /** Notes that this entry was appended. */
  note(entry: number, fields: EntryFields): void {
    if (!isMessaging(fields)) return
    const recording = this.of(fields)
    if (recording === (this.#starts.at(-1)?.[1] ?? 0)) return
    this.#starts.push([entry, recording])
  }

  /** What the seal says; undefined where it is not worth saying. */
  get starts(): RecordingStarts | undefined {
    return this.#starts.length > 0 && this.#starts.length <= maxStarts ? this.#starts : undefined
  }
}

function isMessaging({ kind, req }: EntryFields): boolean {
  return req.length > 0 && Buffer.from(kind).toString() === messagingKind
}

function digestOf({ op, req, resp }: EntryFields): string {
  const name = Buffer.from(op)
  return hash('sha1', Buffer.concat([Buffer.from(`${name.length} ${req.length} `), name, req, resp]), 'base64')
}
