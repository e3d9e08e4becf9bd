import { closeSync, constants } from 'node:fs'

import { parseU32 } from './entry-number.ts'
import { EntryScan } from './entry-scan-result.ts'
import { scanEntry, type ScanCode } from './entry-scan.ts'
import { walkFrames } from './frame-walk.ts'
import { namesOfLarge, scanLargeEntry } from './large-entry.ts'
import { NO_LIMITS, U32_MAX } from './limits.ts'
import { displayPath, entryError, tornError } from './messages.ts'
import type { FilePath } from './open-file.ts'
import { openRegularFile } from './open-file.ts'
import { RrError } from './rr-error.ts'

/** What a cassette file holds, whole or damaged. */
export interface CassetteState {
  /** Size of the file. */
  readonly fileBytes: number
  /** Length of its longest prefix of whole, valid entries; equal to `fileBytes` where nothing is wrong. */
  readonly validBytes: number
  /** Entries in that prefix. */
  readonly entries: number
  /** First position that neither a begin nor an end of those entries can have taken; 0 where none has a begin. */
  readonly nextPosition: number
  /** What ends the prefix: 2014 where the file is cut short, 2008 where an entry is no entry. */
  readonly damage: RrError | undefined
}

/**
 * Reads a cassette file through and tells how far it is good. Cutting the file to `validBytes` repairs it: all whole
 * entries before the damage are kept. Undefined where there is no file.
 *
 * @throws RrError 2002 where something is there that cannot be read
 */
export function inspectCassette(
  path: FilePath,
  name: string = displayPath(path),
  noFollow = false,
): CassetteState | undefined {
  const file = openRegularFile(path, constants.O_RDONLY, noFollow)
  if (file.kind === 'absent') return undefined
  if (file.kind === 'directory') throw new RrError(2002, `read cassette "${name}": it is a directory, expected a file`)
  if (file.kind === 'refused') throw new RrError(2002, `read cassette "${name}": ${file.why}`, file)
  try {
    return inspect(file.fd, file.bytes, name)
  } finally {
    closeSync(file.fd)
  }
}

function inspect(fd: number, fileBytes: number, name: string): CassetteState {
  const scan = new EntryScan()
  let validBytes = 0
  let entries = 0
  let withBegin = 0
  let afterHighest = 0
  let damage: RrError | undefined
  try {
    const check = (code: ScanCode, start: number, end: number, offset: number, index: number): void => {
      if (code !== 0) throw entryError(name, code, scan, start, { offset, entry: index })
      validBytes = offset + 4 + end - start
      entries = index + 1
    }
    const noteBegin = (bytes: Uint8Array): void => {
      const begin = scan.vAt < 0 && scan.seqAt >= 0 ? parseU32(bytes, scan.seqAt, scan.seqLength) : -1
      if (begin >= 0) withBegin++
      afterHighest = Math.max(afterHighest, begin + 1)
    }
    const walk = walkFrames(
      fd,
      fileBytes,
      (bytes, start, end, offset, index) => {
        check(scanEntry(bytes, start, end, NO_LIMITS, scan), start, end, offset, index)
        noteBegin(bytes)
      },
      (start, end, offset, index) => {
        check(scanLargeEntry(fd, fileBytes, start, end, NO_LIMITS, scan), start, end, offset, index)
        noteBegin(namesOfLarge(fd, fileBytes, scan))
      },
    )
    if (walk.tear !== undefined) damage = tornError(name, walk.tear)
  } catch (error) {
    if (!(error instanceof RrError) || error.code !== 2008) throw error
    damage = error
  }
  const nextPosition = withBegin === 0 ? 0 : Math.min(U32_MAX, Math.max(afterHighest, withBegin + entries))
  return { fileBytes, validBytes, entries, nextPosition, damage }
}
