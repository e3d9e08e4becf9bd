import { accessSync, constants, lstatSync, readdirSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { checkOwnPath, makeFolder, NotAFileError, otherKind, whyFailed } from '@x07-lab/msg-core/kit'
import type { SandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { artefactNames, divergencesName, traceName } from './artefacts.ts'

/** What a run writes. */
const written: readonly string[] = [...artefactNames, 'delivery.json', divergencesName, traceName]

/**
 * Makes a folder for results where it is missing, and sees that they can be written in it: before a long run, not after it.
 *
 * @param root the project: neither the folder nor a result in it may be a symlink, which a repository can carry
 * @throws UserError where that cannot be
 */
export function prepareFolder(root: string, folder: string): void {
  try {
    checkOwnPath(root, folder)
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
    for (const name of written) checkPlace(folder, name)
  } catch (cause) {
    throw cause instanceof UserError ? cause : cannotWrite(folder, cause)
  }
}

/** Only a file is replaced: nobody expects that of a pipe, a folder or a link. */
function checkPlace(folder: string, name: string): void {
  const path = join(folder, name)
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  const other = otherKind(there)
  if (other !== undefined) {
    throw new UserError(
      `write results to ${folder}: ${name}: ${other}; move it away, or give another folder with --out`,
      exitCodes.environment,
    )
  }
  accessSync(path, constants.W_OK)
}

/**
 * The folder that `--out` names, made where it is missing: below a write root of the policy, or one of the project's own that holds
 * nothing but results. A person who names a new folder of the project widens the policy by that folder and no more; what is there
 * already is nobody's to write into.
 *
 * @param root the project
 * @param cwd what `out` is relative to
 * @throws UserError where the policy does not let a run write there, or it cannot be made
 */
export function outFolder(root: string, out: string, { file, writeRoots }: SandboxPolicy, cwd: string): string {
  const folder = resolve(cwd, out)
  const roots = writeRoots.filter((one) => one !== CASSETTE_FOLDER).map((one) => resolve(root, one))
  const isBelow = (one: string): boolean => folder === one || folder.startsWith(`${one}${sep}`)
  if (!roots.some(isBelow) && !(folder !== root && isBelow(root) && holdsOnlyResults(folder))) {
    const allowed = roots.map((one) => `${relative(root, one)}/`).join(' or ')
    throw new UserError(
      `--out ${out}: results may not be written there (fs.write_roots of ${file}); give a folder in ${allowed} of the project, or a new one`,
    )
  }
  try {
    checkOwnPath(root, folder)
    makeFolder(folder)
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
  return folder
}

function holdsOnlyResults(folder: string): boolean {
  try {
    return readdirSync(folder).every((name) => written.includes(name))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

/** The error of results that cannot be written. */
export function cannotWrite(folder: string, cause: unknown): UserError {
  const remedy =
    cause instanceof NotAFileError
      ? 'put the folder itself there, or give another with --out'
      : 'give a folder that can be written with --out'
  return new UserError(`write results to ${folder}: ${whyFailed(cause)}; ${remedy}`, exitCodes.environment, { cause })
}
