import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { checkOwnPath, NotAFileError, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'
import { findLeftovers } from './leftovers.ts'

/**
 * Removes what runs that ended early left in `.x07_rr/`; what is still written stays. A cassette is never touched.
 *
 * @throws UserError where a folder on the way is a symlink, or a file cannot be removed
 */
export function clean(root: string, now: number): CommandResult {
  const removed: string[] = []
  const kept: string[] = []
  for (const { name, inUse } of findLeftovers(root, now)) {
    if (inUse) {
      kept.push(name)
      continue
    }
    remove(root, name)
    removed.push(name)
  }
  const nothing = removed.length === 0 && kept.length === 0
  return {
    document: { removed, kept },
    lines: [
      ...removed.map((name) => `removed ${name}`),
      ...kept.map((name) => `kept    ${name}: a run still writes it`),
      ...(nothing ? ['nothing is left over'] : []),
    ],
    exitCode: exitCodes.ok,
  }
}

function remove(root: string, name: string): void {
  const path = join(root, CASSETTE_FOLDER, name)
  try {
    // The file itself may be a link, which is removed and not what it leads to; its folder is the project's own.
    const folder = join(path, '..')
    if (folder !== root) checkOwnPath(root, folder)
    unlinkSync(path)
  } catch (cause) {
    const why = cause instanceof NotAFileError ? cause.message : whyFailed(cause)
    throw new UserError(`clean: remove ${name}: ${why}`, exitCodes.environment, { cause })
  }
}
