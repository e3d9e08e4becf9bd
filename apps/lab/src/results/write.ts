import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { artefactNames, type Artefacts } from './artefacts.ts'
import { cannotWrite } from './folder.ts'

/**
 * Writes the results into a folder that is there.
 *
 * @throws UserError where a file cannot be written
 */
export async function writeArtefacts(folder: string, artefacts: Artefacts): Promise<void> {
  try {
    for (const name of artefactNames) await writeFile(join(folder, name), artefacts[name])
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}
