import { hash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import {
  columns,
  entryKinds,
  maxTracks,
  type ColumnName,
  type PageDetails,
  type PageEntry,
  type PageIndex,
  type PageJoins,
  type PageKind,
  type PageRecording,
} from './document.ts'

/** Entries in a block: what a look at one entry decompresses. */
const blockEntries = 256

/** A recording and its entries, in the order of the file: they are read once. */
export interface RecordingSource {
  readonly recording: PageRecording
  readonly entries: Iterable<PageEntry>
  /** Asked for behind the last entry. */
  readonly joins: () => PageJoins
}

/**
 * Writes the page piece by piece: the head with the tables first, so that a browser shows them while the messages still arrive.
 * Blocks are held compressed until then; entries are not.
 *
 * @param template what {@link loadTemplate} gave
 */
export function* writePage(template: string, sources: readonly RecordingSource[]): Generator<string> {
  const packed = sources.map(pack)
  const { head, script, tail } = parts(template)
  yield head
  yield `<script type="application/json" id="recordings">${inScript(JSON.stringify(packed.map(({ index }) => index)))}</script>\n`
  // A classic script runs where it stands; a module would wait for the messages.
  yield `<script>${script}</script>\n${tail}`
  for (const [number, { blocks }] of packed.entries()) {
    for (const [block, { details, raw }] of blocks.entries()) {
      yield `<script type="text/plain" id="d${number}-${block}">${details}</script>\n<script type="text/plain" id="r${number}-${block}">${raw}</script>\n`
    }
  }
  yield '</body>\n</html>\n'
}

/** Where the template wants its recordings. */
const marker = '<!--recordings-->'
const moduleScript = /<script type="module"[^>]*>([\s\S]*?)<\/script>/
const closing = /<\/body>\s*<\/html>\s*$/

/** The template around its recordings, its script taken out; only that script and the style may run, by their hashes. */
function parts(template: string): { readonly head: string; readonly script: string; readonly tail: string } {
  const code = moduleScript.exec(template)?.[1]
  const [head, tail] = template.replace(moduleScript, '').split(marker)
  if (code === undefined || head === undefined || tail === undefined) {
    throw new Error(
      `the page's template has no script or no ${marker}; build it again: pnpm --filter @x07-lab/page build`,
    )
  }
  const script = `(()=>{${code}})()`
  const styles = [...template.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)].map(([, style = '']) => sha(style))
  const policy = [
    "default-src 'none'",
    `script-src ${sha(script)}`,
    `style-src ${styles.join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`
  return { head: head.replace('<head>', `<head>\n    ${meta}`), script, tail: tail.replace(closing, '') }
}

function sha(code: string): string {
  return `'sha256-${hash('sha256', code, 'base64')}'`
}

interface Block {
  readonly details: string
  readonly raw: string
}

function pack({ recording, entries, joins }: RecordingSource): {
  readonly index: PageIndex
  readonly blocks: readonly Block[]
} {
  const table = new Table(recording.entries)
  const blocks: Block[] = []
  let details: Omit<PageDetails, 'raw'>[] = []
  let raw: string[] = []
  const close = (): void => {
    if (details.length === 0) return
    blocks.push({ details: packed(JSON.stringify(details)), raw: packed(raw.join('\n')) })
    details = []
    raw = []
  }
  for (const entry of entries) {
    table.add(entry)
    const { raw: bytes, ...rest } = entry.details
    details.push(rest)
    raw.push(bytes)
    if (details.length === blockEntries) close()
  }
  close()
  table.join(joins())
  return { index: { ...recording, blockEntries, ...table.finish() }, blocks }
}

/** The numbers about every entry, column by column. */
class Table {
  readonly #count: number
  readonly #bytes: Record<ColumnName, Buffer>
  readonly #tracks = new Map<string, number>()
  /** What the first entry of each track is. */
  readonly #kinds: PageKind[] = []
  readonly #outcomes = new Map<string, number>()
  #row = 0

  constructor(count: number) {
    this.#count = count
    this.#bytes = Object.fromEntries(
      Object.entries(columns).map(([name, width]) => [name, Buffer.alloc(width * count)]),
    ) as Record<ColumnName, Buffer>
  }

  add(entry: PageEntry): void {
    this.#put('kind', entryKinds.indexOf(entry.kind))
    this.#put('outcome', numberOf(this.#outcomes, entry.outcome))
    const track = numberOf(this.#tracks, entry.track)
    this.#kinds[track] ??= entry.kind
    this.#put('track', track)
    this.#put('ticks', entry.ticks)
    this.#put('size', entry.size)
    this.#put('flags', entry.flags)
    this.#row++
  }

  join({ begin, end, cause }: PageJoins): void {
    for (let row = 0; row < this.#row; row++) {
      this.#put('begin', begin[row] ?? 0, row)
      this.#put('end', end[row] ?? 0, row)
      this.#put('cause', (cause[row] ?? -1) + 1, row)
    }
  }

  #put(name: ColumnName, value: number, row = this.#row): void {
    const width = columns[name]
    const most = 2 ** (8 * width) - 1
    this.#bytes[name].writeUIntLE(Math.min(Math.max(0, Math.floor(value)), most), row * width, width)
  }

  /** Rows of one kind stand together, in the order of their names: partition 2 before partition 10. */
  #sortTracks(): readonly string[] {
    const tracks = [...this.#tracks.keys()]
    if (tracks.length > maxSorted) return tracks
    const rank = (track: number): number => this.#kinds.indexOf(this.#kinds[track] ?? 'other')
    const order = [...tracks.keys()].sort(
      (a, b) => rank(a) - rank(b) || natural.compare(tracks[a] ?? '', tracks[b] ?? '') || a - b,
    )
    const row = new Map(order.map((track, place) => [track, place]))
    for (let entry = 0; entry < this.#row; entry++) {
      const track = this.#bytes.track.readUIntLE(entry * columns.track, columns.track)
      this.#put('track', row.get(track) ?? track, entry)
    }
    return order.map((track) => tracks[track] ?? '')
  }

  finish(): Pick<PageIndex, 'tracks' | 'outcomes' | 'columns'> {
    if (this.#row !== this.#count) throw new Error(`a page of ${this.#count} entries was given ${this.#row}`)
    return {
      tracks: this.#sortTracks(),
      outcomes: [...this.#outcomes.keys()],
      columns: Object.fromEntries(
        Object.entries(this.#bytes).map(([name, bytes]) => [name, deflated(bytes)]),
      ) as Record<ColumnName, string>,
    }
  }
}

/** More rows than these stay in the order in which they come: nobody looks through them for a name. */
const maxSorted = 1_000
const natural = new Intl.Collator('en', { numeric: true })

/** The number of a name; names beyond what a column holds share the last number. */
function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  if (numbers.size > maxTracks) return maxTracks
  numbers.set(numbers.size === maxTracks ? '(others)' : name, numbers.size)
  return numbers.size - 1
}

function packed(text: string): string {
  return deflated(Buffer.from(text))
}

// Base64 has no character that means anything to HTML.
function deflated(bytes: Uint8Array): string {
  return deflateRawSync(bytes).toString('base64')
}

/** JSON inside a script element: no `<` may end it, whatever the data says. */
function inScript(json: string): string {
  return json
    .replaceAll('<', String.raw`\u003c`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
}
