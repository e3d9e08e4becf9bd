import { spawn } from 'node:child_process'
import { join, relative, resolve } from 'node:path'
import { describeDivergence, type Divergence } from '@x07-lab/msg-core'
import { checkSeal, type CassetteReader } from '@x07-lab/msg-core/format'
import { loadTemplate, writePage, type PageDivergence, type PageJson } from '@x07-lab/page'
import { compareCassettes, type EntryDifference } from '../../inspect/compare.ts'
import { pageRecording } from '../../inspect/page-recording.ts'
import { readDivergences, type FoundDivergences } from '../../inspect/replay-report.ts'
import { writeOutput } from '../../results/write-output.ts'
import { exitCodes, UserError } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'
import { locate, openLocated } from './locate.ts'

/** Which recordings a page shows, and where it goes. */
export interface PageRequest {
  /** One cassette, or two that are compared. */
  readonly files: readonly string[]
  /** File with the report of `lab replay --json`, whose divergences are marked. */
  readonly report?: string | undefined
  /** The HTML file; default `out/pages/NAME.html`. */
  readonly out?: string | undefined
  /** Opens the page in the browser that the system names. */
  readonly open?: boolean | undefined
}

/** Differences marked on a page, at most: with their fields they are read before anything is shown. */
const maxMarked = 1_000

/** Writes the page of a cassette, or of two compared. */
export async function page(root: string, request: PageRequest): Promise<CommandResult> {
  const { files, report, out, open } = request
  if (files.length > 2)
    throw new UserError(`cassette page: give one cassette, or two to compare; ${files.length} are given`)
  if (files.length === 2 && report !== undefined) {
    throw new UserError('cassette page: --report goes with one cassette: it says how a replay of that one went')
  }
  using opened = new DisposableStack()
  const cassettes = files.map((file) => opened.use(openLocated(root, file)))
  const names = files.map((file) => relative(join(root, '.x07_rr'), locate(root, file)))
  const found = report === undefined ? undefined : readDivergences(report, '--report')
  const { marks, count } = marksOf(cassettes, found)
  const sources = cassettes.map((cassette, number) =>
    pageRecording(cassette, {
      name: names[number] ?? '',
      seal: sealFacts(cassette, locate(root, files[number] ?? '')),
      divergences: marks[number] ?? [],
      ...(count === undefined ? {} : { divergenceCount: count[number] ?? 0 }),
    }),
  )
  const path = out === undefined ? defaultPath(root, names) : resolve(out)
  await writeOutput(root, path, writePage(await loadTemplate(), sources), true)
  if (open === true) openInBrowser(path)
  const shown = relative(process.cwd(), path)
  return {
    document: { page: path, recordings: names, divergences: count ?? marks.map((list) => list.length) },
    lines: [`page      ${shown.startsWith('..') ? path : shown}`],
    exitCode: exitCodes.ok,
  }
}

function defaultPath(root: string, names: readonly string[]): string {
  const file = names.map((name) => name.replace(/\.rrbin$/, '').replaceAll(/[/\\]/g, '-')).join('-')
  return join(root, 'out', 'pages', `${file}.html`)
}

/** What is marked in each recording, and how much of it there is. */
interface Marks {
  readonly marks: readonly (readonly PageDivergence[])[]
  readonly count?: readonly number[]
}

function marksOf(cassettes: readonly CassetteReader[], found: FoundDivergences | undefined): Marks {
  const [before, after] = cassettes
  if (before === undefined || after === undefined) {
    const marks = [(found?.divergences ?? []).map(divergenceMark)]
    return found === undefined ? { marks } : { marks, count: [found.count] }
  }
  const marks: PageDivergence[][] = [[], []]
  const count = [0, 0]
  for (const difference of compareCassettes(before, after)) {
    for (const [number, side] of (['before', 'after'] as const).entries()) {
      if (difference[side] === undefined) continue
      count[number] = (count[number] ?? 0) + 1
      if ((count[number] ?? 0) <= maxMarked) marks[number]?.push(...markOf(difference, side))
    }
  }
  return { marks, count }
}

function markOf(difference: EntryDifference, side: 'before' | 'after'): PageDivergence[] {
  const entry = difference[side]
  const other = difference[side === 'before' ? 'after' : 'before']
  if (entry === undefined) return []
  const where = side === 'before' ? 'second' : 'first'
  const text =
    other === undefined ? `is not in the ${where} recording` : `differs from entry ${other} of the ${where} recording`
  return [{ entry, text, fields: difference.fields }]
}

function divergenceMark(divergence: Divergence): PageDivergence {
  const { entry } = divergence as { readonly entry?: number | null }
  return {
    entry: entry ?? -1,
    text: describeDivergence(divergence),
    fields: 'differences' in divergence ? divergence.differences : [],
  }
}

function sealFacts(cassette: CassetteReader, path: string): PageJson {
  const check = checkSeal(cassette, path)
  if (check.kind !== 'sealed') return { seal: check.kind === 'broken' ? check.reason : check.kind }
  const { driver, policy } = check.seal
  return {
    seal: 'sealed',
    ...((typeof driver === 'object' ? driver : {}) as object),
    policy: typeof policy === 'string' ? policy : '',
  }
}

/** Nobody waits for the browser. */
function openInBrowser(path: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
  const child = spawn(command ?? 'xdg-open', [...args, path], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
