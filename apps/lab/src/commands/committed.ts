import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core'
import { exitCodes, UserError } from '../user-error.ts'

const lockFile = `${CASSETTE_FOLDER}/cassettes.lock.json`

/**
 * The committed cassettes: those that the cassette lock pins.
 *
 * @throws UserError where there is no lock, or it pins nothing: a CI job that replays nothing must not be green
 */
export async function committedCassettes(root: string): Promise<string[]> {
  let pinned: Record<string, unknown> | undefined
  try {
    pinned = (JSON.parse(await readFile(join(root, lockFile), 'utf8')) as { cassettes?: Record<string, unknown> })
      .cassettes
  } catch (cause) {
    throw new UserError(
      `read ${lockFile}: ${(cause as Error).message}; pin the cassettes with pnpm arch:check --write-lock`,
      exitCodes.environment,
      { cause },
    )
  }
  const names = Object.keys(pinned ?? {}).map((path) => path.replace(`${CASSETTE_FOLDER}/`, ''))
  if (names.length > 0) return names.sort()
  throw new UserError(
    `${lockFile} pins no cassette, so there is nothing to replay; add one and run pnpm arch:check --write-lock`,
    exitCodes.environment,
  )
}
