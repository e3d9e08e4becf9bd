import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { SessionReport } from '../session/session.ts'

/** What a process or thread of a run leaves behind for the one that prints the reports. */
export interface SlotFile {
  /** Whether the session ended; else the process was killed, and this is how far it had come. */
  readonly final: boolean
  readonly report: SessionReport
  /** While recording: what the seal is to say. */
  readonly summary?: Readonly<Record<string, unknown>>
  /** While recording: where it is, below the root. */
  readonly partial?: string
  /** While recording what a cassette does not have: whether it has all so far, and whether all of it was done again. */
  readonly missing?: { readonly nothingNew: boolean; readonly playedAll: boolean }
}

/** One process or thread of a run. */
export interface Slot {
  /** 0 for the first; the others count from 1 in the order in which they started. */
  readonly number: number
  write(file: SlotFile): void
}

/** Takes the next number, for this process or for a child that it starts: making a folder succeeds once only. */
export function claimNumber(runFolder: string): number {
  for (let number = 0; ; number++) if (make(join(runFolder, String(number)))) return number
}

/**
 * The slot of this process or thread.
 *
 * @param given the number that the parent took for it; it is the first one's that starts with it
 */
export function claimSlot(runFolder: string, given?: number): Slot {
  const isOurs = given !== undefined && make(join(runFolder, String(given), 'taken'))
  const number = isOurs ? given : claimNumber(runFolder)
  return {
    number,
    write(file) {
      // Whole or not at all: the process may be killed while it writes.
      const path = join(runFolder, String(number), 'session.json')
      try {
        writeFileSync(`${path}.new`, JSON.stringify(file))
        renameSync(`${path}.new`, path)
      } catch (error) {
        // Who would have read it has gone, and the folder with it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    },
  }
}

function make(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** The slots of a run, in order; undefined for a process that dialled nobody. */
export function readSlots(runFolder: string): (SlotFile | undefined)[] {
  const numbers = readdirSync(runFolder)
    .map(Number)
    .filter(Number.isInteger)
    .toSorted((a, b) => a - b)
  return numbers.map((number) => {
    try {
      return JSON.parse(readFileSync(join(runFolder, String(number), 'session.json'), 'utf8')) as SlotFile
    } catch {
      return undefined
    }
  })
}
