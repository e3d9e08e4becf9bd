import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { partialEnding } from '@x07-lab/msg-core/run'
import { exitCodes } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'
import { isCassetteName } from './name.ts'

/** Names of the cassettes below `.x07_rr/`, sorted. */
function cassetteNames(root: string): string[] {
  const folder = join(root, CASSETTE_FOLDER)
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isCassetteName)
      .filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Lists the cassettes of the project. */
export function ls(root: string): CommandResult {
  const rows = cassetteNames(root).map((name) => ({
    name,
    bytes: statSync(join(root, CASSETTE_FOLDER, name)).size,
    finished: !name.endsWith(partialEnding),
  }))
  return {
    document: { cassettes: rows },
    lines:
      rows.length === 0
        ? ['no cassettes; pnpm lab record makes one']
        : rows.map(
            ({ name, bytes, finished }) => `${String(bytes).padStart(12)}  ${name}${finished ? '' : '  (unfinished)'}`,
          ),
    exitCode: exitCodes.ok,
  }
}
