import {
  columns,
  entryKinds,
  type ColumnName,
  type PageDetails,
  type PageIndex,
  type PageKind,
} from '../src/document.ts'
import { visible } from './words.ts'

/** What is shown of an entry, without its raw bytes. */
export type Details = Omit<PageDetails, 'raw'>

/** Blocks of details kept open. */
const keptBlocks = 64

/** A recording in the page: its tables, and its messages on demand. */
export interface Recording {
  readonly index: PageIndex
  readonly count: number
  readonly column: Readonly<Record<ColumnName, Uint8Array | Uint16Array | Uint32Array>>
  /** Last position of the clock. */
  readonly end: number
  /** By entry. */
  readonly divergent: ReadonlyMap<number, number>
  kindOf(entry: number): PageKind
  outcomeOf(entry: number): string
  trackOf(entry: number): string
  /** A track as it is shown: without the endpoint, where all have the same. */
  labelOf(track: number): string
  /** The entry that caused this one; undefined where none is known. */
  causeOf(entry: number): number | undefined
  effectsOf(entry: number): readonly number[]
  /** What is shown of an entry; its body is looked up where another entry has the same. */
  details(entry: number): Promise<Details>
  /** The same where its block is open already. */
  detailsNow(entry: number): Details | undefined
  /** The entry as it stands in the file, in hex. */
  raw(entry: number): Promise<string>
}

/** Reads the recordings that stand in the page. */
export async function loadRecordings(): Promise<readonly Recording[]> {
  const text = document.querySelector('#recordings')?.textContent ?? '[]'
  const indexes = JSON.parse(text) as readonly PageIndex[]
  return Promise.all(indexes.map(loadRecording))
}

async function loadRecording(index: PageIndex, number: number): Promise<Recording> {
  const entries = Object.entries(columns) as [ColumnName, number][]
  const column = Object.fromEntries(
    await Promise.all(
      entries.map(async ([name, width]) => {
        const bytes = await inflate(index.columns[name])
        const { buffer, byteOffset } = bytes
        const values =
          width === 1 ? bytes : width === 2 ? new Uint16Array(buffer, byteOffset) : new Uint32Array(buffer, byteOffset)
        return [name, values] as const
      }),
    ),
  ) as Recording['column']
  const blocks = new Map<number, readonly Details[]>()
  const opening = new Map<number, Promise<readonly Details[]>>()
  let effects: ReadonlyMap<number, number[]> | undefined

  const blockOf = (entry: number): number => Math.floor(entry / index.blockEntries)
  const open = (block: number): Promise<readonly Details[]> => {
    const known = opening.get(block)
    if (known !== undefined) return known
    const promise = elementText(`d${number}-${block}`).then(async (packed) => {
      const details = JSON.parse(new TextDecoder().decode(await inflate(packed))) as readonly Details[]
      blocks.set(block, details)
      if (blocks.size > keptBlocks) {
        const [oldest = 0] = blocks.keys()
        blocks.delete(oldest)
        opening.delete(oldest)
      }
      return details
    })
    opening.set(block, promise)
    return promise
  }
  const at = async (entry: number): Promise<Details> => {
    const details = (await open(blockOf(entry)))[entry % index.blockEntries]
    if (details === undefined) throw new RangeError(`there is no entry ${entry}`)
    return details
  }
  const labels = labelsOf(index.tracks).map(visible)
  const value = (name: ColumnName, entry: number): number => column[name][entry] ?? 0
  const causeOf = (entry: number): number | undefined => {
    const cause = value('cause', entry)
    return cause === 0 ? undefined : cause - 1
  }

  return {
    index,
    count: index.entries,
    column,
    end: largest(column.end),
    divergent: new Map(index.divergences.map(({ entry }, divergence) => [entry, divergence])),
    kindOf: (entry) => entryKinds[value('kind', entry)] ?? 'other',
    outcomeOf: (entry) => index.outcomes[value('outcome', entry)] ?? '',
    trackOf: (entry) => labels[value('track', entry)] ?? '',
    labelOf: (track) => labels[track] ?? '',
    causeOf,
    effectsOf: (entry) => {
      effects ??= effectsByCause(index.entries, causeOf)
      return effects.get(entry) ?? []
    },
    details: async (entry) => {
      const details = await at(entry)
      return details.body !== null && 'same' in details.body
        ? { ...details, body: (await at(details.body.same)).body }
        : details
    },
    detailsNow: (entry) => blocks.get(blockOf(entry))?.[entry % index.blockEntries],
    raw: async (entry) => {
      const lines = new TextDecoder()
        .decode(await inflate(await elementText(`r${number}-${blockOf(entry)}`)))
        .split('\n')
      return lines[entry % index.blockEntries] ?? ''
    },
  }
}

/** `orders/0 published, local_kafka_v1` where there are several endpoints, `orders/0 published` where there is one. */
function labelsOf(tracks: readonly string[]): readonly string[] {
  const ending = (track: string): string => track.slice(track.lastIndexOf(', '))
  const endings = new Set(tracks.filter((track) => track.includes(', ')).map(ending))
  const [only] = endings
  if (only === undefined || endings.size > 1) return tracks
  return tracks.map((track) => (track.endsWith(only) ? track.slice(0, -only.length) : track))
}

function effectsByCause(count: number, causeOf: (entry: number) => number | undefined): ReadonlyMap<number, number[]> {
  const effects = new Map<number, number[]>()
  for (let entry = 0; entry < count; entry++) {
    const cause = causeOf(entry)
    if (cause === undefined) continue
    const known = effects.get(cause)
    if (known === undefined) effects.set(cause, [entry])
    else known.push(entry)
  }
  return effects
}

function largest(values: ArrayLike<number>): number {
  let most = 1
  for (let index = 0; index < values.length; index++) if ((values[index] ?? 0) > most) most = values[index] ?? 0
  return most
}

/** The text of an element that the browser may not have read yet. */
async function elementText(id: string): Promise<string> {
  for (;;) {
    const element = document.querySelector(`#${id}`)
    if (element !== null) return element.textContent
    if (document.readyState !== 'loading') throw new Error(`this page is cut: it lacks the part ${id}`)
    // oxlint-disable-next-line no-loop-func -- each turn of the loop waits for one event
    await new Promise<void>((resolve) => {
      const again = (): void => {
        observer.disconnect()
        resolve()
      }
      const observer = new MutationObserver(again)
      observer.observe(document.body, { childList: true })
      document.addEventListener('readystatechange', again, { once: true })
    })
  }
}

async function inflate(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), (character) => character.codePointAt(0) ?? 0)
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
