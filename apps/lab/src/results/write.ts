import { join } from 'node:path'
import { replaceOwnFile } from '@x07-lab/msg-core/kit'
import { artefactNames, type Artefacts } from './artefacts.ts'
import { cannotWrite } from './folder.ts'

/**
 * Writes the results into a folder that is there, each whole or not at all.
 *
 * @param root the project, whose files alone are written
 * @throws UserError where a file cannot be written
 */
export function writeArtefacts(root: string, folder: string, artefacts: Artefacts): void {
  try {
    for (const name of artefactNames) replaceOwnFile(root, join(folder, name), artefacts[name])
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}
