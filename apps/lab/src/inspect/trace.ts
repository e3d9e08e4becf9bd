import { hash } from 'node:crypto'
import { describeDivergence, type Divergence, type Message } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { collectCauses } from './causes.ts'
import { viewEntry, type EntryView } from './entry-view.ts'
import { readMessage } from './readings/index.ts'
import { keyText } from './render.ts'
import { clockTimes } from './times.ts'

/** OTLP's numbers for the kinds of spans. */
const spanKinds = { client: 3, producer: 4, consumer: 5 } as const
const statusError = 2

/** Who a span is: 16 and 8 bytes in hex. */
interface SpanContext {
  readonly traceId: string
  readonly spanId: string
}

/** What of a recording is traced, and what a replay of it found. */
export interface TraceOptions {
  /** The first so many entries alone; the resource says how many are left out. */
  readonly entries?: number
  /** Told as events of the spans of the entries that they name. */
  readonly divergences?: readonly Divergence[]
}

/** Entries that are held decoded; of a longer trace each is decoded again where it is written. */
const heldEntries = 10_000

/**
 * The spans of a recording as OTLP/JSON, piece by piece, by OpenTelemetry's semantic conventions for messaging (1.45): a publish is
 * `send`; a delivery is `process`, linked to the publish that caused it, with its `settle` below it. Ids are derived from the cassette,
 * times are the tape's clock from 1970 on: the same recording gives the same bytes. A `traceparent` that a message carries is the
 * parent of its spans.
 *
 * https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function* otlpTrace(cassette: CassetteReader, options: TraceOptions = {}): Generator<string> {
  const count = Math.min(cassette.count, options.entries ?? Infinity)
  const held: EntryView[] | undefined = count <= heldEntries ? [] : undefined
  const ticks = new Float64Array(count)
  const collected = collectCauses(count)
  for (let entry = 0; entry < count; entry++) {
    const view = viewEntry(cassette, entry)
    ticks[entry] = view.ticks
    collected.add(view)
    held?.push(view)
  }
  const causes = collected.finish()
  const times = clockTimes(cassette, ticks)
  const viewOf = (entry: number): EntryView => held?.[entry] ?? viewEntry(cassette, entry)
  const identity = identityOf(cassette)
  const contextOf = (view: EntryView): SpanContext => ({
    traceId:
      parentOf(view.message)?.traceId ??
      hash('sha256', `${identity} trace ${causes.causeOf(view.entry) ?? view.entry}`).slice(0, 32),
    spanId: spanId(identity, view.entry, 'span'),
  })
  const divergent = byEntry(options.divergences ?? [])
  const resource = {
    attributes: attributes({
      'service.name': 'lab',
      'x07.recording': identity,
      ...(count < cassette.count ? { 'x07.entries_left_out': cassette.count - count } : {}),
    }),
  }
  yield `{"resourceSpans":[{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":{"name":"x07-lab"},"spans":[`
  let first = true
  for (let entry = 0; entry < count; entry++) {
    const view = viewOf(entry)
    if (view.message === undefined || (view.kind !== 'publish' && view.kind !== 'delivery')) continue
    const cause = view.kind === 'delivery' ? causes.causeOf(entry) : undefined
    const [begin, end] = [nanos(times.begin[entry]), nanos(times.end[entry])]
    const context = contextOf(view)
    const events = (divergent.get(entry) ?? []).map((divergence) => divergenceEvent(divergence, end))
    const spans = [
      {
        ...span(view, context, begin, end, cause === undefined ? undefined : contextOf(viewOf(cause))),
        ...(events.length === 0 ? {} : { events }),
      },
      ...(view.kind === 'delivery' && view.outcome !== 'failed' && view.outcome !== ''
        ? [settleSpan(view, context, identity, end)]
        : []),
    ]
    for (const one of spans) {
      yield `${first ? '' : ','}\n${JSON.stringify(one)}`
      first = false
    }
  }
  yield '\n]}]}]}\n'
}

function byEntry(divergences: readonly Divergence[]): Map<number, Divergence[]> {
  const found = new Map<number, Divergence[]>()
  for (const divergence of divergences) {
    const entry = 'entry' in divergence ? divergence.entry : 'before' in divergence ? divergence.before : undefined
    if (entry === undefined || entry === null) continue
    const there = found.get(entry)
    if (there === undefined) found.set(entry, [divergence])
    else there.push(divergence)
  }
  return found
}

function divergenceEvent(divergence: Divergence, at: string): object {
  return {
    timeUnixNano: at,
    name: 'divergence',
    attributes: attributes({
      'x07.divergence.kind': divergence.kind,
      'x07.divergence.text': describeDivergence(divergence),
    }),
  }
}

function span(
  view: EntryView,
  context: SpanContext,
  begin: string,
  end: string,
  cause: SpanContext | undefined,
): object {
  const { kind, message, outcome, reason } = view
  const publish = kind === 'publish'
  const parent = parentOf(message)
  const failed = outcome === 'failed' || outcome === 'refused'
  return {
    ...context,
    ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
    name: `${publish ? 'publish' : 'process'} ${message?.topic ?? ''}`,
    kind: publish ? spanKinds.producer : spanKinds.consumer,
    startTimeUnixNano: begin,
    endTimeUnixNano: end,
    attributes: attributes({
      ...messaging(view),
      'messaging.operation.name': publish ? 'publish' : 'process',
      'messaging.operation.type': publish ? 'send' : 'process',
      ...(failed ? { 'error.type': outcome } : {}),
    }),
    ...(cause === undefined ? {} : { links: [cause] }),
    ...(failed ? { status: { code: statusError, message: reason ?? outcome } } : {}),
  }
}

function settleSpan(view: EntryView, context: SpanContext, identity: string, at: string): object {
  return {
    traceId: context.traceId,
    spanId: spanId(identity, view.entry, 'settle'),
    parentSpanId: context.spanId,
    name: `${view.outcome} ${view.message?.topic ?? ''}`,
    kind: spanKinds.client,
    startTimeUnixNano: at,
    endTimeUnixNano: at,
    attributes: attributes({
      ...messaging(view),
      'messaging.operation.name': view.outcome,
      'messaging.operation.type': 'settle',
    }),
  }
}

type Attribute = string | number | boolean

function messaging({ op, message, metadata, more = [] }: EntryView): Record<string, Attribute> {
  const kafka = op.startsWith('kafka')
  const { partition, offset } = metadata
  return {
    'messaging.system': kafka ? 'kafka' : 'rabbitmq',
    'messaging.destination.name': message?.topic ?? '',
    'messaging.message.body.size': message?.value?.length ?? 0,
    ...(more.length === 0 ? {} : { 'messaging.batch.message_count': more.length + 1 }),
    ...(typeof partition === 'number' ? { 'messaging.destination.partition.id': String(partition) } : {}),
    ...(typeof offset === 'string' ? { 'messaging.kafka.offset': Number(offset) } : {}),
    ...(message === undefined || message.key === null
      ? {}
      : {
          [kafka ? 'messaging.kafka.message.key' : 'messaging.rabbitmq.destination.routing_key']: keyText(message.key),
        }),
    ...(message?.value === null ? { 'messaging.kafka.message.tombstone': true } : {}),
  }
}

/** OTLP's form: 64-bit integers are decimal text. */
function attributes(values: Readonly<Record<string, Attribute>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : { intValue: String(value) },
  }))
}

function parentOf(message: Message | undefined): SpanContext | undefined {
  const fields =
    message?.headers.some(([header]) => header.toLowerCase() === 'traceparent') !== true
      ? undefined
      : readMessage({ ...message, value: null }).readings.find(({ form }) => form === 'trace context')?.fields
  const { trace, 'parent span': span } = Object.fromEntries(fields ?? [])
  return typeof trace === 'string' && typeof span === 'string' ? { traceId: trace, spanId: span } : undefined
}

/** What tells this recording from others: its last entry, the seal where it has one. */
function identityOf(cassette: CassetteReader): string {
  return cassette.count === 0 ? '' : hash('sha256', cassette.entry(cassette.count - 1))
}

function spanId(identity: string, entry: number, what: string): string {
  return hash('sha256', `${identity} ${what} ${entry}`).slice(0, 16)
}

function nanos(micros: number | undefined): string {
  return String(BigInt(Math.round(micros ?? 0)) * 1_000n)
}
