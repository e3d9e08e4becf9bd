import { openReader } from '../format/joined-reader.ts'
import { checkSeal } from '../format/seal.ts'
import type { Seal } from '../format/seal-form.ts'
import { ReplayError } from '../playback/index.ts'
import { DriverError } from '../port/index.ts'
import type { Redactor } from '../redact/index.ts'
import { resolveCassette, type CassetteReader, type RrConfig } from '../rr/index.ts'
import { unfinished } from '../format/partial-name.ts'
import type { CassetteFile } from './cassette-file.ts'

/** A run that replays: its cassette is open, whole, and has the seal that it must have. */
export interface ReplayRun {
  readonly mode: 'replay'
  /** The cassette's name below `.x07_rr/`. */
  readonly cassette: string
  readonly reader: CassetteReader
  /** Undefined for X07's own cassettes, which have none. */
  readonly seal: Seal | undefined
  /** Begin positions that have no entry, from the seal. */
  readonly openBegins: ReadonlySet<number>
  /** What was left out when it was recorded, for what is compared; undefined where nothing was, or the caller has its own. */
  readonly redactor?: Redactor
  /** Closes the cassette. Again is harmless. */
  close(): void
}

/** What {@link openRecorded} is told. */
export interface ReplayRunOptions {
  readonly root: string
  readonly file: CassetteFile
  readonly config: Pick<RrConfig, 'limits' | 'matchMode'>
}

/**
 * Opens a cassette to replay it.
 *
 * @throws ReplayError `unsealed` where its seal is missing or does not fit, or its name is that of an unfinished recording;
 *   DriverError `not_found` where it is empty; RrError where it is not there, damaged, over a limit, or cannot be read
 */
export async function openRecorded({ root, file, config }: ReplayRunOptions): Promise<ReplayRun> {
  const { name } = file
  const path = resolveCassette(root, Buffer.from(name))
  const reader = openReader(path, { limits: config.limits, name, noFollow: true })
  try {
    if (reader.count === 0) {
      throw new DriverError('not_found', `replay ${name}: it is empty, so there is nothing to replay; record it first`)
    }
    const check = checkSeal(reader, typeof path === 'string' ? path : file.path)
    if (check.kind === 'broken') {
      throw new ReplayError('unsealed', `replay ${name}: ${check.reason}; restore it, or record it again`)
    }
    const why = unfinished(name)
    if (why !== undefined) throw new ReplayError('unsealed', `replay ${name}: ${why}`)
    const seal = check.kind === 'sealed' ? check.seal : undefined
    const close = (): void => reader.close()
    return { mode: 'replay', cassette: name, reader, seal, openBegins: new Set(seal?.open ?? []), close }
  } catch (error) {
    reader.close()
    throw error
  }
}
