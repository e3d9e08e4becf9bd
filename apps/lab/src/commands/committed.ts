import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER, laterParts } from '@x07-lab/msg-core/format'
import { hashFile, NotAFileError, whyFailed } from '@x07-lab/msg-core/kit'
import { readJsonFile } from '@x07-lab/msg-core/json'
import { exitCodes, UserError } from '../user-error.ts'

const lockFile = `${CASSETTE_FOLDER}/cassettes.lock.json`

/**
 * The committed cassettes: those that the cassette lock pins, each with the bytes that it pins. A cassette without a seal, or
 * with another recording in its place, would replay to the end all the same.
 *
 * @throws UserError where there is no lock, or it pins nothing (a CI job that replays nothing must not be green), or a
 *   cassette is not the pinned one
 */
export async function committedCassettes(root: string): Promise<string[]> {
  const pinned = Object.entries((await readLock(root))?.cassettes ?? {})
  for (const [path, pin] of pinned) {
    // One that is not there is told by the replay, like any other.
    if (!existsSync(join(root, path))) continue
    const parts = [{ path, sha256: pin?.sha256 }, ...(pin?.parts ?? [])]
    // A part that is missing is told by the replay too.
    const there = parts.filter((part) => existsSync(join(root, part.path)))
    if (there.some((part) => sha256Of(join(root, part.path)) !== part.sha256)) throw notPinned(path)
    if (laterParts(join(root, path)).length >= parts.length) throw notPinned(path)
  }
  const names = pinned.map(([path]) => nameOf(path))
  if (names.length > 0) return names.sort()
  throw new UserError(
    `${lockFile} pins no cassette, so there is nothing to replay; add one and run pnpm arch:check --write-lock`,
    exitCodes.environment,
  )
}

/** What the lock pins, whatever is there: for who asks before {@link committedCassettes} says what is wrong; empty where there is no lock. */
export async function pinnedNames(root: string): Promise<string[]> {
  const lock = await readLock(root).catch(() => null)
  return Object.keys(lock?.cassettes ?? {}).map(nameOf)
}

function nameOf(path: string): string {
  return path.replace(`${CASSETTE_FOLDER}/`, '')
}

interface Pin {
  readonly sha256?: string
  /** Those after the first. */
  readonly parts?: readonly { readonly path: string; readonly sha256: string }[]
}

interface CassetteLock {
  readonly cassettes?: Readonly<Record<string, Pin | null>>
}

async function readLock(root: string): Promise<CassetteLock | null> {
  try {
    return readJsonFile(join(root, lockFile)) as CassetteLock | null
  } catch (cause) {
    throw new UserError(
      `read ${lockFile}: ${whyFailed(cause)}; pin the cassettes with pnpm arch:check --write-lock`,
      exitCodes.environment,
      { cause },
    )
  }
}

function sha256Of(path: string): string {
  try {
    return hashFile(path).sha256
  } catch (cause) {
    if (!(cause instanceof NotAFileError)) throw cause
    throw new UserError(`read cassette ${path}: ${cause.message}; restore it`, exitCodes.environment, { cause })
  }
}

function notPinned(path: string): UserError {
  return new UserError(
    `${path} is not the cassette that ${lockFile} pins; restore it, or pin the new one with pnpm arch:check --write-lock`,
    exitCodes.environment,
  )
}
