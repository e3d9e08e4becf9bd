import { lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import { CASSETTE_FOLDER } from '../format/cassette/folder.ts'
import { errorCode, nodePath } from '../format/cassette/open-file.ts'
import type { FilePath } from '../format/cassette/open-file.ts'
import { displayPath } from '../format/cassette/messages.ts'
import { RrError } from '../format/cassette/rr-error.ts'

const SLASH = 0x2f
const BACKSLASH = 0x5c
const RESERVED_PREFIX = Buffer.from('.x07_')

/**
 * Whether a cassette path is one that X07 accepts: not empty, not absolute, no NUL, no backslash, and no segment that is
 * empty, `.`, `..` or starts with `.x07_`. Any other bytes are fine, UTF-8 or not.
 */
export function isSafeCassettePath(path: Uint8Array): boolean {
  if (path.length === 0 || path.includes(0) || path.includes(BACKSLASH)) return false
  let start = 0
  while (start <= path.length) {
    const slash = path.indexOf(SLASH, start)
    const end = slash === -1 ? path.length : slash
    if (!isSafeSegment(path.subarray(start, end))) return false
    start = end + 1
  }
  return true
}

function isSafeSegment(segment: Uint8Array): boolean {
  if (segment.length === 0) return false
  if (segment[0] !== 0x2e) return true
  if (segment.length === 1 || (segment.length === 2 && segment[1] === 0x2e)) return false
  return Buffer.compare(segment.subarray(0, RESERVED_PREFIX.length), RESERVED_PREFIX) !== 0
}

/**
 * The file that a safe cassette path names under `root/.x07_rr`. A symlink on the way is followed only where it stays
 * inside that folder; one that leaves it, or leads nowhere, is refused, so that a cassette can neither show nor change
 * a file outside. `.x07_rr` itself may be a symlink: it is the caller's choice of folder.
 *
 * @throws RrError 2002 for such a symlink
 */
export function resolveCassette(root: string, path: Uint8Array): FilePath {
  const folder = join(root, CASSETTE_FOLDER)
  const plain = Buffer.concat([Buffer.from(folder), Buffer.from('/'), path])
  if (!hasSymlink(Buffer.from(folder), path)) return plain
  const name = displayPath(path)
  let inside: Buffer
  let real: Buffer
  try {
    inside = Buffer.concat([realpathSync.native(folder, { encoding: 'buffer' }), Buffer.from('/')])
    real = realpathSync.native(plain, { encoding: 'buffer' })
  } catch (cause) {
    throw new RrError(
      2002,
      `open cassette "${name}": a symlink on its way leads nowhere (${errorCode(cause)}); remove it`,
      { cause },
    )
  }
  if (real.subarray(0, inside.length).equals(inside)) return real
  throw new RrError(
    2002,
    `open cassette "${name}": a symlink on its way leaves ${CASSETTE_FOLDER}/; put the file itself there`,
  )
}

function hasSymlink(folder: Buffer, path: Uint8Array): boolean {
  for (let end = 0; end !== -1 && end <= path.length;) {
    const slash = path.indexOf(SLASH, end)
    const prefix = slash === -1 ? path : path.subarray(0, slash)
    const stat = lstat(Buffer.concat([folder, Buffer.from('/'), prefix]))
    if (stat === undefined) return false
    if (stat.isSymbolicLink()) return true
    end = slash === -1 ? -1 : slash + 1
  }
  return false
}

// What cannot be looked at cannot be opened either, and opening it tells why.
function lstat(path: Buffer): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(nodePath(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}
