import { existsSync, statSync, watch } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Writable } from 'node:stream'
import {
  CASSETTE_FOLDER,
  lastSeal,
  openGrowing,
  partFileName,
  partOf,
  type GrowingReader,
  partialEnding,
} from '@x07-lab/msg-core/format'
import { LineWriter } from '../../cli/stdout.ts'
import { insteadWhenAsked, stoppedLine } from '../../cli/stop-signals.ts'
import { viewEntry } from '../../inspect/entry-view.ts'
import { exitCodes, UserError, type ExitCode } from '../../user-error.ts'
import { findLeftovers } from './leftovers.ts'
import { locate } from './locate.ts'
import { linesOf, type ShowRequest } from './show.ts'

/**
 * Writes the entries of a cassette as they are recorded, through all its parts, until the recording is sealed or its file is gone.
 * Of a cassette that is recorded anew the recording is followed, not what it will replace; one that nobody writes is shown to
 * its end.
 *
 * @param note tells people what is followed, and why it ended
 * @throws UserError exit code 130 when it is asked to stop
 */
export async function follow(
  root: string,
  request: ShowRequest,
  output: Writable,
  note: (line: string) => void,
): Promise<ExitCode> {
  if (request.entry !== undefined) throw new UserError('cassette show: --follow shows a line each; leave out --entry')
  const { path: first, isWritten } = followed(root, request.file)
  const line = linesOf(request)
  const lines = new LineWriter(output)
  const changes = new Changes(dirname(first))
  const restore = insteadWhenAsked(() => changes.stop())
  try {
    note(`following ${nameOf(root, first)}`)
    let before = 0
    for (let number = 1; ; number++) {
      const path = await partPath(first, number, changes)
      using reader = openGrowing(path, { name: basename(path) })
      const ending = await showPart(reader, { path, before, isWritten, changes, line, lines })
      before += reader.count
      if (ending === 'next part') continue
      note(ending)
      return exitCodes.ok
    }
  } finally {
    restore()
    changes.end()
  }
}

/** Where a part is, once it is there: a recording that is complete has its parts under the cassette's name. */
async function partPath(first: string, number: number, changes: Changes): Promise<string> {
  const path = partFileName(first, number)
  const final = partFileName(first.replace(/\.[0-9a-f]{8}\.partial\.rrbin$/, '.rrbin'), number)
  for (;;) {
    if (existsSync(path)) return path
    if (!existsSync(first) || (number > 1 && existsSync(final))) return final
    await changes.next()
  }
}

interface Part {
  readonly path: string
  /** Entries of the parts before. */
  readonly before: number
  readonly isWritten: boolean
  readonly changes: Changes
  readonly line: ReturnType<typeof linesOf>
  readonly lines: LineWriter
}

/** Shows what there is and what comes, and says why no more will. */
async function showPart(
  reader: GrowingReader,
  { path, before, isWritten, changes, line, lines }: Part,
): Promise<string> {
  let shown = 0
  for (;;) {
    // Asked first: what is written until the file is found gone is read.
    const isThere = existsSync(path)
    reader.readOn()
    try {
      while (shown < reader.count) {
        const view = viewEntry(reader, shown++)
        const text = line({ ...view, entry: before + view.entry })
        const full = text === undefined ? undefined : lines.add(text)
        if (full !== undefined) await full
        if (changes.isStopped) throw new UserError(stoppedLine, exitCodes.interrupted)
      }
    } finally {
      await lines.flush()
    }
    const seal = lastSeal(reader)
    if (seal !== undefined) {
      const part = partOf(seal)
      return part !== undefined && part.parts === undefined ? 'next part' : 'the recording is complete'
    }
    if (!isThere) return 'the recording ended: its file has another name, or is gone'
    const rest = reader.rest()
    if (!isWritten && rest !== undefined) throw rest
    if (!isWritten) return 'nobody records into it any more, and it has no seal'
    await changes.next()
  }
}

/** The file to follow, and whether a recording of this machine writes it. */
function followed(root: string, file: string): { readonly path: string; readonly isWritten: boolean } {
  const stem = file.replace(/^(?:\.\/)*\.x07_rr\//, '').replace(/\.rrbin$/, '')
  const underWay = findLeftovers(root, Date.now())
    .filter(({ name, inUse }) => inUse && name.endsWith(partialEnding) && isOf(name, stem))
    .map(({ name }) => join(root, CASSETTE_FOLDER, name))
    .sort((a, b) => statSync(b).birthtimeMs - statSync(a).birthtimeMs)
  const [latest] = underWay
  return latest === undefined ? { path: locate(root, file), isWritten: false } : { path: latest, isWritten: true }
}

/** Whether a partial file is the first of a recording of this cassette, or is itself the one that was named. */
function isOf(name: string, stem: string): boolean {
  const own = name.slice(0, -partialEnding.length)
  return (
    own === stem ||
    name === `${stem}.rrbin` ||
    (own.startsWith(`${stem}.`) && /^[0-9a-f]{8}$/.test(own.slice(stem.length + 1)))
  )
}

function nameOf(root: string, path: string): string {
  const below = relative(join(root, CASSETTE_FOLDER), path)
  return below.startsWith('..') ? path : below
}

/** What happens in a folder, one after the other; several changes between two looks are one. */
class Changes {
  readonly #watcher
  #wake = Promise.withResolvers<void>()
  isStopped = false

  constructor(folder: string) {
    this.#watcher = watch(folder, () => this.#wake.resolve())
    // A folder that goes away takes its files with it, which is seen there.
    this.#watcher.on('error', () => this.#wake.resolve())
  }

  /** Resolves when something changed since the last time. @throws UserError exit code 130 when it is asked to stop */
  async next(): Promise<void> {
    await this.#wake.promise
    this.#wake = Promise.withResolvers<void>()
    if (this.isStopped) throw new UserError(stoppedLine, exitCodes.interrupted)
  }

  stop(): void {
    this.isStopped = true
    this.#wake.resolve()
  }

  end(): void {
    this.#watcher.close()
  }
}
