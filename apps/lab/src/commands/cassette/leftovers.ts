import { lstatSync, readdirSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CASSETTE_FOLDER, partialEnding } from '@x07-lab/msg-core/format'
import { checkOwnPath, NotAFileError } from '@x07-lab/msg-core/kit'

/** What runs that ended early leave in `.x07_rr/`: partial recordings, claims of a name, files on their way to one. */
const leftover = /\.[0-9a-f]{8}\.claim$|(?:^|\/)\.[0-9a-f]{12}\.tmp$/

/** Where the system does not say which files are open, one that was written within this time may be. */
const recentMs = 60_000

/** A file that no cassette is, and whether some process still writes it. */
export interface Leftover {
  /** Below `.x07_rr/`. */
  readonly name: string
  readonly bytes: number
  readonly inUse: boolean
}

/** Lists them, sorted; links are not followed. */
export function findLeftovers(root: string, now: number): Leftover[] {
  const folder = join(root, CASSETTE_FOLDER)
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const found = names.filter((name) => name.endsWith(partialEnding) || leftover.test(name)).sort()
  if (found.length === 0) return []
  const open = openFiles()
  return found.flatMap((name): Leftover[] => {
    const path = join(folder, name)
    // A folder that is a link shows what is elsewhere.
    if (dirname(path) !== folder && !isOwn(root, dirname(path))) return []
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return []
    const inUse = open === undefined ? now - stat.mtimeMs < recentMs : open.has(`${stat.dev} ${stat.ino}`)
    return [{ name, bytes: stat.size, inUse }]
  })
}

function isOwn(root: string, path: string): boolean {
  try {
    checkOwnPath(root, path)
    return true
  } catch (error) {
    if (error instanceof NotAFileError) return false
    throw error
  }
}

/** The files that processes have open, `device inode`; undefined where the system does not tell (it has no `/proc`). */
function openFiles(): Set<string> | undefined {
  const open = new Set<string>()
  let processes: string[]
  try {
    processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return undefined
  }
  for (const id of processes) {
    for (const path of pathsOf(id)) {
      const stat = path.startsWith('/') ? statOf(path) : undefined
      if (stat !== undefined) open.add(stat)
    }
  }
  return open
}

/** Of another person's process nothing can be said. */
function pathsOf(process: string): string[] {
  try {
    return readdirSync(`/proc/${process}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${process}/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

function statOf(path: string): string | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    return stat && `${stat.dev} ${stat.ino}`
  } catch {
    return undefined
  }
}
