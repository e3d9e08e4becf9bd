import { hash } from 'node:crypto'
import { describeDivergence, type Divergence, type Header, type Message } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { collectCauses } from './causes.ts'
import { viewEntry, type EntryView } from './entry-view.ts'
import { traceContext } from './readings/headers.ts'
import { keyText } from './readings/reading.ts'
import { clockTimes } from './times.ts'

/** OTLP's numbers for the kinds of spans. */
const spanKinds = { client: 3, producer: 4, consumer: 5 } as const
const statusError = 2

/** W3C Trace Context, 3.2. */
const traceParent = 'traceparent'

/** Who a span is: 16 and 8 bytes in hex. */
interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  /** The span that the message itself names as its parent. */
  readonly parent?: string | undefined
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
  const collected = collectCauses(count, { digests: held === undefined ? 'at_once' : 'when_needed' })
  for (let entry = 0; entry < count; entry++) {
    const view = viewEntry(cassette, entry)
    ticks[entry] = view.ticks
    collected.add(view)
    held?.push(view)
  }
  const causes = collected.finish()
  const times = clockTimes(cassette, ticks)
  const identity = identityOf(cassette)
  const contexts: SpanContext[] = []
  const contextOf = (entry: number): SpanContext => {
    const known = contexts[entry]
    if (known !== undefined) return known
    const parent = parentOf((held?.[entry] ?? viewEntry(cassette, entry)).message)
    const cause = causes.causeOf(entry)
    const context = {
      traceId:
        parent?.traceId ??
        (cause !== undefined && contexts[cause]?.parent === undefined ? contexts[cause]?.traceId : undefined) ??
        hash('sha256', `${identity} trace ${cause ?? entry}`).slice(0, 32),
      spanId: spanId(identity, entry, 'span'),
      parent: parent?.spanId,
    }
    if (held !== undefined) contexts[entry] = context
    return context
  }
  const divergent = byEntry(options.divergences ?? [])
  const resource = [
    text('service.name', 'lab'),
    text('x07.recording', identity),
    ...(count < cassette.count ? [whole('x07.entries_left_out', cassette.count - count)] : []),
  ].join(',')
  yield `{"resourceSpans":[{"resource":{"attributes":[${resource}]},"scopeSpans":[{"scope":{"name":"x07-lab"},"spans":[`
  let before = '\n'
  for (let entry = 0; entry < count; entry++) {
    const view = held?.[entry] ?? viewEntry(cassette, entry)
    const { message, kind } = view
    if (message === undefined || (kind !== 'publish' && kind !== 'delivery')) continue
    const cause = kind === 'delivery' ? causes.causeOf(entry) : undefined
    const [begin, end] = [nanos(times.begin[entry]), nanos(times.end[entry])]
    const context = contextOf(entry)
    const shared = messaging(view, message)
    const events = divergent.get(entry)?.map((divergence) => divergenceEvent(divergence, end))
    const link = cause === undefined ? undefined : contextOf(cause)
    yield before + span({ view, message, context, begin, end, link, shared, events })
    before = ',\n'
    if (kind === 'delivery' && view.outcome !== 'failed' && view.outcome !== '') {
      yield before + settleSpan({ view, message, context, end, shared }, spanId(identity, entry, 'settle'))
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

/** Of a span: what is told of it. JSON is put together as text, since there are thousands of the same form. */
interface SpanParts {
  readonly view: EntryView
  readonly message: Message
  readonly context: SpanContext
  readonly begin: string
  readonly end: string
  readonly link: SpanContext | undefined
  /** The attributes that all spans of the entry have. */
  readonly shared: string
  readonly events: readonly string[] | undefined
}

function divergenceEvent(divergence: Divergence, at: string): string {
  const attributes = [
    text('x07.divergence.kind', divergence.kind),
    text('x07.divergence.text', describeDivergence(divergence)),
  ].join(',')
  return `{"timeUnixNano":"${at}","name":"divergence","attributes":[${attributes}]}`
}

function span({ view, message, context, begin, end, link, shared, events }: SpanParts): string {
  const { outcome, reason } = view
  const isPublish = view.kind === 'publish'
  const failed = outcome === 'failed' || outcome === 'refused'
  const error = failed ? `,${text('error.type', outcome)}` : ''
  const status = failed ? `,"status":{"code":${statusError},"message":${JSON.stringify(reason ?? outcome)}}` : ''
  return (
    `{${ids(context)}${context.parent === undefined ? '' : `,"parentSpanId":"${context.parent}"`}` +
    `,"name":${JSON.stringify(`${isPublish ? 'publish' : 'process'} ${message.topic}`)}` +
    `,"kind":${isPublish ? spanKinds.producer : spanKinds.consumer},${interval(begin, end)}` +
    `,"attributes":[${shared}${isPublish ? publishOperation : processOperation}${error}]` +
    `${link === undefined ? '' : `,"links":[{${ids(link)}}]`}${status}` +
    `${events === undefined ? '' : `,"events":[${events.join(',')}]`}}`
  )
}

function settleSpan(
  { view, message, context, end, shared }: Pick<SpanParts, 'view' | 'message' | 'context' | 'end' | 'shared'>,
  id: string,
): string {
  const operation = `,${text('messaging.operation.name', view.outcome)},${text('messaging.operation.type', 'settle')}`
  return (
    `{${ids({ traceId: context.traceId, spanId: id })},"parentSpanId":"${context.spanId}"` +
    `,"name":${JSON.stringify(`${view.outcome} ${message.topic}`)}` +
    `,"kind":${spanKinds.client},${interval(end, end)},"attributes":[${shared}${operation}]}`
  )
}

function ids({ traceId, spanId: id }: Pick<SpanContext, 'traceId' | 'spanId'>): string {
  return `"traceId":"${traceId}","spanId":"${id}"`
}

function interval(begin: string, end: string): string {
  return `"startTimeUnixNano":"${begin}","endTimeUnixNano":"${end}"`
}

function messaging({ op, metadata, more = [] }: EntryView, { topic, key, value }: Message): string {
  const kafka = op.startsWith('kafka')
  const { partition, offset } = metadata
  let told = `${kafka ? kafkaSystem : rabbitSystem},${text('messaging.destination.name', topic)}`
  told += `,${whole('messaging.message.body.size', value?.length ?? 0)}`
  if (more.length > 0) told += `,${whole('messaging.batch.message_count', more.length + 1)}`
  if (typeof partition === 'number') told += `,${text('messaging.destination.partition.id', String(partition))}`
  if (typeof offset === 'string') told += `,${whole('messaging.kafka.offset', Number(offset))}`
  if (key !== null) told += `,${text(kafka ? kafkaKey : rabbitKey, keyText(key))}`
  if (value === null) told += `,{"key":"messaging.kafka.message.tombstone","value":{"boolValue":true}}`
  return told
}

function text(key: string, value: string): string {
  return `{"key":"${key}","value":{"stringValue":${JSON.stringify(value)}}}`
}

/** OTLP's form: 64-bit integers are decimal text. */
function whole(key: string, value: number): string {
  return `{"key":"${key}","value":{"intValue":"${value}"}}`
}

const kafkaKey = 'messaging.kafka.message.key'
const rabbitKey = 'messaging.rabbitmq.destination.routing_key'
const kafkaSystem = text('messaging.system', 'kafka')
const rabbitSystem = text('messaging.system', 'rabbitmq')
const publishOperation = `,${text('messaging.operation.name', 'publish')},${text('messaging.operation.type', 'send')}`
const processOperation = `,${text('messaging.operation.name', 'process')},${text('messaging.operation.type', 'process')}`

function parentOf(message: Message | undefined): Pick<SpanContext, 'traceId' | 'spanId'> | undefined {
  if (message?.headers.some(isTraceParent) !== true) return undefined
  const { trace, 'parent span': parent } = Object.fromEntries(traceContext(message)?.fields ?? [])
  return typeof trace === 'string' && typeof parent === 'string' ? { traceId: trace, spanId: parent } : undefined
}

function isTraceParent([name]: Header): boolean {
  return name.length === traceParent.length && name.toLowerCase() === traceParent
}

/** What tells this recording from others: its last entry, the seal where it has one. */
function identityOf(cassette: CassetteReader): string {
  return cassette.count === 0 ? '' : hash('sha256', cassette.entry(cassette.count - 1))
}

function spanId(identity: string, entry: number, what: string): string {
  return hash('sha256', `${identity} ${what} ${entry}`).slice(0, 16)
}

function nanos(micros: number | undefined): string {
  const whole = Math.round(micros ?? 0)
  return whole === 0 ? '0' : `${whole}000`
}
