import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename } from 'node:path'
import { inspectCassette } from '@x07-lab/msg-core/format'
import { checkOwnPath, NotAFileError, openRegular, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../../user-error.ts'
import { locate } from './locate.ts'
import type { CommandResult } from '../result.ts'

const chunkBytes = 1_048_576

/**
 * Cuts a torn cassette behind its last whole entry. The file as it was stays beside it, as `FILE.torn`. A symlink is not
 * followed, neither to the cassette nor to the copy: only the file that is named changes.
 *
 * @throws UserError where such a copy is already there, nothing would be left (the file may be no cassette at all), or the
 *   file cannot be copied or cut: then all is as it was
 */
export function repair(root: string, file: string): CommandResult {
  const path = locate(root, file)
  refuseLink(root, path, file)
  const state = inspectCassette(path, file, true)
  if (state === undefined || state.damage === undefined) {
    return {
      document: { file, repaired: false, entries: state?.entries ?? 0 },
      lines: [`whole     ${file} (${state?.entries ?? 0} entries): nothing to repair`],
      exitCode: exitCodes.ok,
    }
  }
  if (state.entries === 0) {
    throw new UserError(
      `repair ${file}: it holds no whole entry, so there is nothing to keep; check that it is a cassette, or record it again`,
      exitCodes.environment,
    )
  }
  const backup = `${path}.torn`
  cut(path, state.validBytes, backup, file)
  const dropped = state.fileBytes - state.validBytes
  return {
    document: { file, repaired: true, entries: state.entries, dropped_bytes: dropped, backup },
    lines: [
      `repaired  ${file}: ${state.entries} entries kept, ${dropped} bytes dropped; the file as it was is ${backup}`,
    ],
    exitCode: exitCodes.ok,
  }
}

/** Within the project no folder on the way may be a link either; elsewhere the person said which file is meant. */
function refuseLink(root: string, path: string, file: string): void {
  try {
    if (path.startsWith(`${root}/`)) checkOwnPath(root, path)
    else if (lstatSync(path).isSymbolicLink()) throw new NotAFileError(`${basename(path)} is a symlink`)
  } catch (cause) {
    if (!(cause instanceof NotAFileError)) throw cause
    throw new UserError(`repair ${file}: ${cause.message}; name the file that it leads to`, exitCodes.environment, {
      cause,
    })
  }
}

function cut(path: string, bytes: number, backup: string, file: string): void {
  let copied = false
  try {
    if (lstatSync(backup, { throwIfNoEntry: false }) !== undefined)
      throw new UserError(
        `repair ${file}: ${backup} is there from an earlier repair; move it away first`,
        exitCodes.environment,
      )
    const fd = openRegular(path, constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      // Cutting it would cut what else has it by another name.
      if (fstatSync(fd).nlink > 1)
        throw new NotAFileError('it has another name too, a hard link, which would be cut with it')
      const copy = openSync(
        backup,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o644,
      )
      copied = true
      try {
        copyAll(fd, copy)
      } finally {
        closeSync(copy)
      }
      ftruncateSync(fd, bytes)
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    // The file is as it was: its copy would only stand in the way of the next try.
    if (copied) rmSync(backup)
    if (cause instanceof UserError) throw cause
    if (cause instanceof NotAFileError) {
      throw new UserError(`repair ${file}: ${cause.message}; repair a copy of it`, exitCodes.environment, { cause })
    }
    throw new UserError(
      `repair ${file}: ${whyFailed(cause)}; it has to be writable, and its folder too, for a copy of it`,
      exitCodes.environment,
      { cause },
    )
  }
}

function copyAll(from: number, to: number): void {
  const chunk = Buffer.allocUnsafe(chunkBytes)
  for (let at = 0; ;) {
    const read = readSync(from, chunk, 0, chunkBytes, at)
    if (read === 0) return
    for (let done = 0; done < read;) done += writeSync(to, chunk, done, read - done)
    at += read
  }
}
