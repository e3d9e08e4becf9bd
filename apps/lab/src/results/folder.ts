import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '@x07-lab/msg-core/kit'
import { whyFailed } from '../system-error.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { artefactNames } from './artefacts.ts'

/**
 * Makes a folder for results where it is missing, and sees that they can be written in it: before a long run, not after it.
 *
 * @throws UserError where that cannot be
 */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
    for (const name of artefactNames) checkPlace(folder, name)
  } catch (cause) {
    throw cause instanceof UserError ? cause : cannotWrite(folder, cause)
  }
}

/** A pipe in the place of a result would be waited for, a folder is no place for one. */
function checkPlace(folder: string, name: string): void {
  const path = join(folder, name)
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isFile() === false) {
    throw new UserError(
      `write results to ${folder}: what stands at ${name} is no file; move it away, or give another folder with --out`,
      exitCodes.environment,
    )
  }
  if (there !== undefined) accessSync(path, constants.W_OK)
}

/**
 * Makes a folder that an option names, where it is missing.
 *
 * @throws UserError where that cannot be
 */
export function makeOutFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}

/** The error of results that cannot be written. */
export function cannotWrite(folder: string, cause: unknown): UserError {
  return new UserError(
    `write results to ${folder}: ${whyFailed(cause)}; give a folder that can be written with --out`,
    exitCodes.environment,
    { cause },
  )
}
