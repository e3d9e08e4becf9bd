import type { Json } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { entryFlags, type PageDetails, type PageEntry, type RecordingSource } from '@x07-lab/page'
import { collectCauses } from './causes.ts'
import { sizeOf, viewEntry, type EntryView } from './entry-view.ts'
import { readMessage } from './readings/index.ts'
import { keyText, utf8, type Reading } from './readings/reading.ts'
import { bodyText, headerLine } from './render.ts'
import { clockOf, timesOf } from './times.ts'

/** A cassette as the page takes it: every entry is decoded once. */
export function pageRecording(
  cassette: CassetteReader,
  about: Pick<RecordingSource['recording'], 'name' | 'seal' | 'divergences' | 'divergenceCount'>,
): RecordingSource {
  const ticks = new Float64Array(cassette.count)
  const collected = collectCauses(cassette.count)
  const divergent = new Set(about.divergences.map(({ entry }) => entry))
  function* entries(): Generator<PageEntry> {
    for (let index = 0; index < cassette.count; index++) {
      const view = viewEntry(cassette, index)
      ticks[index] = view.ticks
      yield pageEntry(view, { cassette, sameAs: collected.add(view), isDivergent: divergent.has(index) })
    }
  }
  return {
    recording: { ...about, entries: cassette.count, bytes: cassette.bytes, clock: clockOf(cassette) },
    entries: entries(),
    joins() {
      const causes = collected.finish()
      const cause = Int32Array.from({ length: cassette.count }, (_, index) => causes.causeOf(index) ?? -1)
      return { ...timesOf(cassette, ticks), cause }
    },
  }
}

interface Surroundings {
  readonly cassette: CassetteReader
  /** An entry with the same message. */
  readonly sameAs: number | undefined
  readonly isDivergent: boolean
}

function pageEntry(view: EntryView, { cassette, sameAs, isDivergent }: Surroundings): PageEntry {
  const { entry, kind, outcome, ticks, metadata } = view
  const failed = outcome === 'failed' || outcome === 'refused' || outcome === 'reject'
  return {
    kind,
    outcome,
    track: trackOf(view),
    ticks,
    size: sizeOf(view),
    flags:
      (isDivergent ? entryFlags.divergent : 0) |
      (metadata['redelivered'] === true ? entryFlags.redelivered : 0) |
      (failed ? entryFlags.failed : 0),
    details: detailsOf(view, cassette.entry(entry), sameAs),
  }
}

function trackOf({ kind, lane, message, metadata }: EntryView): string {
  if (message === undefined) return lane
  const { partition } = metadata
  const place = partition === undefined || partition === null ? message.topic : `${message.topic}/${partition}`
  return `${place} ${kind === 'publish' ? 'published' : 'delivered'}, ${lane}`
}

function detailsOf(view: EntryView, document: Uint8Array, sameAs: number | undefined): PageDetails {
  const { lane, message, metadata, reason, raw } = view
  const read = message === undefined ? undefined : readMessage(message)
  return {
    op: text(raw.op),
    lane,
    topic: message?.topic ?? null,
    key: message === undefined ? null : keyText(message.key),
    headers: (message?.headers ?? []).map((header) => [header[0], headerLine(header).slice(header[0].length + 2)]),
    properties: message?.properties ?? {},
    metadata,
    reason: reason ?? null,
    readings: [...(read?.readings ?? []), ...furtherMessages(view)].map(({ form, fields }) => ({
      form,
      fields: fields as readonly (readonly [string, Json])[],
    })),
    body: sameAs === undefined ? bodyOf(read === undefined ? otherBody(view) : read.body) : { same: sameAs },
    raw: Buffer.from(document.buffer, document.byteOffset, document.byteLength).toString('hex'),
  }
}

/** The messages behind the first as a table, a line each. */
function furtherMessages({ more = [] }: EntryView): Pick<Reading, 'form' | 'fields'>[] {
  if (more.length === 0) return []
  const fields = more.map(({ message }, at): [string, string] => [
    `message ${at + 2} of ${more.length + 1}`,
    `${message.topic} ${keyText(message.key)} ${bodyText(message)}`,
  ])
  return [{ form: 'more messages of this call', fields }]
}

function otherBody({ said, raw }: EntryView): Uint8Array {
  if (said !== undefined) return Buffer.from(`${said.line}\n${JSON.stringify(said.fields, null, 2)}`)
  return raw.resp.length > 0 ? raw.resp : raw.req
}

function bodyOf(bytes: Uint8Array | null): PageDetails['body'] {
  if (bytes === null) return null
  const plain = utf8(bytes)
  return plain === undefined ? { hex: Buffer.from(bytes).toString('hex'), bytes: bytes.length } : { text: plain }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
