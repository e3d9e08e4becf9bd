import { accessSync, constants } from 'node:fs'
import { makeFolder } from '@x07-lab/msg-core'
import { whyFailed } from '../system-error.ts'
import { exitCodes, UserError } from '../user-error.ts'

/**
 * Makes a folder for results where it is missing, and sees that files can be made in it: before a long run, not after it.
 *
 * @throws UserError where that cannot be
 */
export function prepareFolder(folder: string): void {
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
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
