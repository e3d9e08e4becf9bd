import { join } from 'node:path'
import { replaceOwnFile } from '@x07-lab/msg-core/kit'
import { deliveryBytes, type DeliveryReport } from '../delivery/report.ts'
import { artefactNames, type Artefacts } from './artefacts.ts'
import { cannotWrite } from './folder.ts'

/**
 * Writes the results into a folder that is there, each whole or not at all.
 *
 * @param root the project, whose files alone are written
 * @param results undefined for a run that did not come to its end
 * @param delivery goes beside them as `delivery.json`; it is not recorded, since it follows from the entries
 * @throws UserError where a file cannot be written
 */
export function writeResults(
  root: string,
  folder: string,
  results: Artefacts | undefined,
  delivery: DeliveryReport,
): void {
  try {
    for (const name of results === undefined ? [] : artefactNames) {
      replaceOwnFile(root, join(folder, name), results?.[name] ?? new Uint8Array(0))
    }
    replaceOwnFile(root, join(folder, 'delivery.json'), deliveryBytes(delivery))
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}
