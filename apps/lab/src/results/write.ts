import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, UserError } from '../user-error.ts'
import { artefactNames, type Artefacts } from './artefacts.ts'

/**
 * Writes the results into a folder, which is made where it is missing.
 *
 * @throws UserError where the folder or a file cannot be written
 */
export async function writeArtefacts(folder: string, artefacts: Artefacts): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const name of artefactNames) await writeFile(join(folder, name), artefacts[name])
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new UserError(
      `write results to ${folder}: ${code}; give a folder that can be written with --out`,
      exitCodes.environment,
      { cause },
    )
  }
}
