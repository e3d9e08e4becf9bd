import type { Writable } from 'node:stream'
import { canonicalJson } from '@x07-lab/msg-core/json'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { LineWriter, printJson, printLines, safeJson, safeText } from '../../cli/stdout.ts'
import { joinCauses } from '../../inspect/causes.ts'
import { viewEntry, type EntryView, type Placed } from '../../inspect/entry-view.ts'
import { matches, type EntryFilter } from '../../inspect/filter.ts'
import { entryDetails, entryLine } from '../../inspect/render.ts'
import { readMessage } from '../../inspect/readings/index.ts'
import { readDivergences } from '../../inspect/replay-report.ts'
import { parseTemplate } from '../../inspect/template.ts'
import { exitCodes, UserError, type ExitCode } from '../../user-error.ts'
import { openLocated } from './locate.ts'

/** What of a cassette is shown, and how. */
export interface ShowRequest {
  readonly file: string
  /** One entry whole instead of a line each. */
  readonly entry?: number | undefined
  readonly filter: EntryFilter
  /** File with the report of `lab replay --json`: only the entries that it names. */
  readonly divergent?: string | undefined
  /** A line each by this template. */
  readonly format?: string | undefined
  readonly json?: boolean | undefined
  /** Columns of the terminal; lines are cut there. Nothing is cut where it is undefined. */
  readonly columns?: number | undefined
}

/**
 * Writes the entries of a cassette as text, a line each, or one of them whole.
 *
 * @param note tells people that nothing was shown, for nothing is what they asked for
 */
export async function show(
  root: string,
  request: ShowRequest,
  output: Writable,
  note: (line: string) => void = () => {},
): Promise<ExitCode> {
  using cassette = openLocated(root, request.file)
  if (request.entry !== undefined) return showOne(cassette, request, request.entry, output)
  const line = linesOf(request)
  const lines = new LineWriter(output)
  let shown = 0
  try {
    for (let index = 0; index < cassette.count; index++) {
      const text = line(viewEntry(cassette, index))
      if (text === undefined) continue
      shown++
      const full = lines.add(text)
      if (full !== undefined) await full
    }
  } finally {
    await lines.flush()
  }
  if (shown === 0) {
    const { count } = cassette
    note(
      `${request.file}: ${count === 0 ? 'it holds no entry' : `none of its ${count} entries is one of those asked for`}`,
    )
  }
  return exitCodes.ok
}

/** An entry in a line that is safe to show; undefined if it is not one of those asked for. */
export function linesOf(request: ShowRequest): (view: EntryView) => string | undefined {
  const filter = {
    ...request.filter,
    ...(request.divergent === undefined ? {} : { entries: divergentEntries(request.divergent) }),
  }
  const line = liner(request)
  const safe = request.json === true ? safeJson : safeText
  return (view) => (matches(filter, view) ? safe(line(view)) : undefined)
}

function liner({ format, json, columns }: ShowRequest): (view: EntryView) => string {
  if (json === true) return (view) => canonicalJson(documentOf(view))
  if (format !== undefined) return parseTemplate(format)
  return (view) => entryLine(view, columns ?? Number.POSITIVE_INFINITY)
}

async function showOne(
  cassette: CassetteReader,
  request: ShowRequest,
  entry: number,
  output: Writable,
): Promise<ExitCode> {
  if (entry >= cassette.count) {
    throw new UserError(
      `cassette ${request.file}: there is no entry ${entry}; it has ${cassette.count}, numbered from 0`,
    )
  }
  const view = viewEntry(cassette, entry)
  const causes = joinCauses(cassette)
  if (request.json === true) {
    const around = { cause: causes.causeOf(entry) ?? null, effects: causes.effectsOf(entry) }
    await printJson(output, canonicalJson({ ...documentOf(view), ...around }))
  } else printLines(output, entryDetails(view, causes))
  return exitCodes.ok
}

/** An entry as a JSON document: text where bytes are text, `hex` where they are not. */
function documentOf(view: EntryView): Record<string, unknown> {
  const { entry, kind, lane, outcome, message, metadata, said, reason, begin, ticks, bytes, raw, more = [] } = view
  return {
    entry,
    kind,
    op: Buffer.from(raw.op).toString(),
    lane,
    outcome,
    ticks,
    bytes,
    begin: begin ?? null,
    reason: reason ?? null,
    metadata,
    ...(said !== undefined ? { says: said.line, fields: said.fields } : {}),
    ...(message === undefined
      ? said === undefined
        ? { request: shown(raw.req), response: shown(raw.resp) }
        : {}
      : messageDocument({ message, metadata })),
    ...(more.length === 0
      ? {}
      : { more: more.map((placed) => ({ metadata: placed.metadata, ...messageDocument(placed) })) }),
  }
}

function messageDocument({ message }: Placed): Record<string, unknown> {
  const { readings } = readMessage(message)
  return {
    topic: message.topic,
    key: shown(message.key),
    headers: message.headers.map(([name, value]) => [name, value instanceof Uint8Array ? shown(value) : value]),
    properties: message.properties ?? {},
    value: shown(message.value),
    readings: readings.map(({ form, fields }) => ({ form, fields: Object.fromEntries(fields) })),
  }
}

function shown(bytes: Uint8Array | null): unknown {
  if (bytes === null) return null
  const text = Buffer.from(bytes)
  return text.equals(Buffer.from(text.toString())) ? text.toString() : { hex: text.toString('hex') }
}

/** The entries that a replay's report names. */
function divergentEntries(file: string): ReadonlySet<number> {
  return new Set(
    readDivergences(file, '--divergent').divergences.flatMap((divergence) => {
      const { entry, sameAs } = divergence as { readonly entry?: number | null; readonly sameAs?: number }
      return [entry, sameAs].filter((one) => typeof one === 'number')
    }),
  )
}
