import { join } from 'node:path'
import type { Divergence } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { replaceOwnFile } from '@x07-lab/msg-core/kit'
import { otlpTrace } from '../inspect/trace.ts'
import { traceName } from './artefacts.ts'
import { cannotWrite } from './folder.ts'

/** A longer run is traced to here, at some 700 bytes a span; `lab cassette export --to otlp` writes all of it. */
const tracedEntries = 10_000

/**
 * Writes the spans of the recording that a run made or played beside its results: from the cassette alone, so that both write
 * the same bytes, unless the replay found divergences, which are in it.
 *
 * @param root the project, whose files alone are written
 * @throws UserError where the file cannot be written
 */
export function writeTrace(
  root: string,
  folder: string,
  cassette: CassetteReader,
  divergences: readonly Divergence[] = [],
): void {
  const trace = [...otlpTrace(cassette, { entries: tracedEntries, divergences })].join('')
  try {
    replaceOwnFile(root, join(folder, traceName), Buffer.from(trace))
  } catch (cause) {
    throw cannotWrite(folder, cause)
  }
}
