import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CASSETTE_FOLDER, NO_LIMITS, openReader, type CassetteReader } from '@x07-lab/msg-core'
import { exitCodes, UserError } from '../../user-error.ts'

/**
 * The file that a person means: a path as it stands, else a name below `.x07_rr/`.
 *
 * @throws UserError where neither is there
 */
export function locate(root: string, file: string): string {
  const path = [resolve(file), join(root, CASSETTE_FOLDER, file)].find((one) => existsSync(one))
  if (path === undefined) {
    throw new UserError(
      `cassette ${file}: there is no such file, here or in ${CASSETTE_FOLDER}/; pnpm lab cassette ls tells what there is`,
      exitCodes.environment,
    )
  }
  if (statSync(path).isDirectory())
    throw new UserError(`cassette ${file}: it is a folder, expected a file`, exitCodes.environment)
  return path
}

/** Opens what {@link locate} finds. Limits are those of the format: looking at a cassette is no policy's business. */
export function openLocated(root: string, file: string): CassetteReader {
  return openReader(locate(root, file), { limits: NO_LIMITS, name: file })
}
