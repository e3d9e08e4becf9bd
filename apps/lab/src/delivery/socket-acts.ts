import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import type { EntryView, Placed } from '../inspect/entry-view.ts'
import { messagesOf } from '../inspect/entry-view.ts'
import type { Act, ActMessage, LogPosition, PublishStatus, Settled } from './act.ts'
import type { ActPlace } from './port-acts.ts'

const statuses: Readonly<Record<string, PublishStatus>> = { confirmed: 'confirmed', refused: 'refused' }
const settles: Readonly<Record<string, Settled>> = { ack: 'ack', nack: 'reject', reject: 'reject' }
const commitLine = /^commit of /
const commitPlace = /^(.+)\/(\d+) at (\d+)$/

/** The acts that an entry of the socket records: one for each message, or commits. What the inspect readers do not decode is none. */
export function* socketActs(view: EntryView, place: ActPlace): Generator<Act> {
  const lane = view.lane
  const kafka = view.op.startsWith('kafka.')
  if (view.kind === 'publish') {
    const status = statuses[view.outcome] ?? 'unconfirmed'
    for (const placed of messagesOf(view)) {
      yield { kind: 'publish', ...place, message: messageOf(placed, kafka), status, producer: lane, sent: 1 }
    }
  } else if (view.kind === 'delivery') {
    for (const placed of messagesOf(view)) {
      const { consumerTag, redelivered } = placed.metadata
      yield {
        kind: 'delivery',
        ...place,
        message: messageOf(placed, kafka),
        consumer: typeof consumerTag === 'string' ? `${lane} ${consumerTag}` : lane,
        redelivered: redelivered === true,
        committed: undefined,
        settled: settles[view.outcome] ?? 'untold',
        ordered: !kafka && keepsOrder(placed.message),
      }
    }
  } else if (view.said !== undefined) yield* saidActs(view.said, place)
}

function* saidActs({ line, fields }: NonNullable<EntryView['said']>, place: ActPlace): Generator<Act> {
  if (line.startsWith('EndTxn')) {
    yield { kind: 'transaction', ...place, call: 'abort', producer: undefined }
    return
  }
  if (!commitLine.test(line)) return
  const { positions } = fields as { positions?: readonly string[] }
  for (const position of positions ?? []) {
    const [, topic = '', partition, offset] = commitPlace.exec(position) ?? []
    if (offset === undefined) continue
    yield { kind: 'commit', ...place, position: { log: `${topic}/${partition}`, offset: Number(offset) } }
  }
}

/** RabbitMQ keeps the order of what has neither a priority nor a delay, and was not moved by it. */
function keepsOrder({ properties, headers }: Message): boolean {
  if (properties !== undefined && 'priority' in properties) return false
  return !headers.some(([name]) => name === 'x-delay' || name === 'x-death')
}

function messageOf({ message, metadata }: Placed, kafka: boolean): ActMessage {
  return {
    bytes: envelopeOf(message),
    stream: `${message.topic}\0${Buffer.from(message.key ?? []).toString('latin1')}`,
    position: kafka ? positionOf(message.topic, metadata) : undefined,
  }
}

function positionOf(topic: string, { partition, offset }: Placed['metadata']): LogPosition | undefined {
  return typeof partition === 'number' && typeof offset === 'string'
    ? { log: `${topic}/${partition}`, offset: Number(offset) }
    : undefined
}

function envelopeOf(message: Message): Uint8Array {
  try {
    return encodeEnvelope(message)
  } catch {
    // What no envelope holds is told apart by its value alone.
    return message.value ?? new Uint8Array(0)
  }
}
