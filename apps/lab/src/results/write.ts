import { join } from 'node:path'
import type { ReplayReport } from '@x07-lab/msg-core'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'
import { replaceOwnFile } from '@x07-lab/msg-core/kit'
import { deliveryBytes, type DeliveryReport } from '../delivery/report.ts'
import { artefactNames, divergencesName, type Artefacts } from './artefacts.ts'
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

/**
 * Writes what a replay found beside its results, as the commands that look at a cassette take it; an empty list where it found
 * nothing, so that none of an earlier replay is left.
 *
 * @throws UserError where the file cannot be written
 */
export function writeDivergences(
  root: string,
  folder: string,
  found: Pick<ReplayReport, 'divergences' | 'divergenceCount'> & { readonly cassette: string },
): void {
  try {
    replaceOwnFile(root, join(folder, divergencesName), canonicalJsonBytes(found))
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}
