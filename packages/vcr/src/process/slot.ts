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
}

/** One process or thread of a run. */
export interface Slot {
  /** 0 for the first; the others count from 1 in the order in which they started. */
  readonly number: number
  write(file: SlotFile): void
}

/** Takes the next number: making a folder succeeds for one process only. */
export function claimSlot(runFolder: string): Slot {
  for (let number = 0; ; number++) {
    const folder = join(runFolder, String(number))
    try {
      mkdirSync(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    return {
      number,
      write(file) {
        // Whole or not at all: the process may be killed while it writes.
        const path = join(folder, 'session.json')
        writeFileSync(`${path}.new`, JSON.stringify(file))
        renameSync(`${path}.new`, path)
      },
    }
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
