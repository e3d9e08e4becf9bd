import { statSync, type Stats } from 'node:fs'
import { join, resolve } from 'node:path'
import { whyFailed } from '@x07-lab/msg-core/kit'
import { CASSETTE_FOLDER, NO_LIMITS, openReader, type CassetteReader } from '@x07-lab/msg-core/format'
import { nearCassettes } from '@x07-lab/msg-core/run'
import { exitCodes, UserError } from '../../user-error.ts'

/**
 * The file that a person means: a path as it stands, else a name below `.x07_rr/`; each with or without `.rrbin`.
 *
 * @throws UserError where neither is there, or what is there is no regular file
 */
export function locate(root: string, file: string): string {
  const path = find(root, file)
  if (path !== undefined) return path
  throw new UserError(`cassette ${file}: ${whyMissing(root, file)}`, exitCodes.environment)
}

/** Says that there is no such cassette, and which one may be meant. */
export function whyMissing(root: string, file: string): string {
  const remedy = nearCassettes(root, file) ?? 'pnpm lab cassette ls tells what there is'
  return `there is no such file, here or in ${CASSETTE_FOLDER}/; ${remedy}`
}

/** As {@link locate}, but undefined where neither is there. */
export function find(root: string, file: string): string | undefined {
  if (file === '') throw new UserError('cassette "": give the name of a file; pnpm lab cassette ls tells what there is')
  for (const path of [resolve(file), join(root, CASSETTE_FOLDER, file)].flatMap((base) => [base, `${base}.rrbin`])) {
    const stat = look(path, file)
    if (stat?.isDirectory() === true)
      throw new UserError(
        `cassette ${file}: it is a folder, expected a file; pnpm lab cassette ls tells what there is`,
        exitCodes.environment,
      )
    if (stat?.isFile() === false)
      throw new UserError(
        `cassette ${file}: it is a pipe, socket or device, expected a file; save what it gives in a file first`,
        exitCodes.environment,
      )
    if (stat !== undefined) return path
  }
  return undefined
}

function look(path: string, file: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw new UserError(`cassette ${file}: ${whyFailed(cause)}; give a file that can be read`, exitCodes.environment, {
      cause,
    })
  }
}

/** Opens what {@link locate} finds. Limits are those of the format: looking at a cassette is no policy's business. */
export function openLocated(root: string, file: string): CassetteReader {
  return openReader(locate(root, file), { limits: NO_LIMITS, name: file })
}
