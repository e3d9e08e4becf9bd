import { decodeEnvelope, type Json, type Message, type Metadata } from '@x07-lab/msg-core'
import {
  decodeEntry,
  decodeMetadata,
  decodeRecord,
  outcomeOf,
  wires,
  type CassetteReader,
  type Entry,
} from '@x07-lab/msg-core/format'
import { viewAmqp } from './amqp-entries.ts'
import { amqpOutcome } from './amqp-outcomes.ts'
import { viewKafka } from './kafka-entries.ts'

/** What an entry records, as a person calls it. */
export type EntryKind = 'publish' | 'delivery' | 'result' | 'seal' | 'other'

/** One entry of a cassette, decoded for people. */
export interface EntryView {
  /** Index in the file, from 0. */
  readonly entry: number
  readonly kind: EntryKind
  /** The op without what all ops share: `amqp.publish_env`, `kafka.poll_env`. */
  readonly op: string
  /** The entry's key: the endpoint, and what of it runs in order. */
  readonly lane: string
  /** `confirmed`, `refused`, `ack`, `reject`, `failed`, or what the err says. */
  readonly outcome: string
  readonly message: Message | undefined
  /** What the broker said of it: partition, offset, exchange, redelivered. */
  readonly metadata: Metadata
  /** The messages behind the first, of a call that has several. */
  readonly more?: readonly Placed[]
  /** What an entry of the socket says, where it is no message. */
  readonly said?: Said | undefined
  /** Whether it was recorded at the socket, and not at the driver port. */
  readonly socket?: boolean
  /** The text of a failure or of a refusal; a result's or other entry's response is not text of ours. */
  readonly reason: string | undefined
  /** Position where it began; undefined where the cassette does not say. */
  readonly begin: number | undefined
  /** Microseconds for the entries of the driver port. */
  readonly ticks: number
  /** Bytes of the entry in the file, its length included. */
  readonly bytes: number
  readonly raw: Entry
}

/** A message and where it stands. */
export interface Placed {
  readonly message: Message
  readonly metadata: Metadata
}

/** A command or a call, decoded; secrets are masked. */
export interface Said {
  /** In one line: `basic.ack deliveryTag 3`. */
  readonly line: string
  /** All of it. */
  readonly fields: Json
}

/** What a protocol of the socket reads in one of its entries. */
export type SocketPart = Pick<EntryView, 'kind' | 'outcome' | 'message' | 'metadata' | 'more' | 'said' | 'reason'>

const publishOps = new Set(Object.values(wires).map(({ publishOp }) => publishOp))
const deliverOps = new Set(Object.values(wires).map(({ deliverOp }) => deliverOp))

/** Of somebody else's cassette there may be any number of lanes, and the names of one take some 300 bytes. */
const maxNamedLanes = 4_096

/** Bytes of the message's value, none where it is null; of what was sent and answered where there is no message. */
export function sizeOf({ message, raw }: EntryView): number {
  return message === undefined ? raw.req.length + raw.resp.length : (message.value?.length ?? 0)
}

/** Every message of an entry. */
export function messagesOf({ message, metadata, more = [] }: EntryView): readonly Placed[] {
  return message === undefined ? [] : [{ message, metadata }, ...more]
}

/** Reads an entry. Bytes that are no message of ours are shown as what they are; nothing in them is an error. */
export function viewEntry(cassette: CassetteReader, index: number): EntryView {
  const document = cassette.entry(index)
  const raw = decodeEntry(document)
  const { op, shortOp, key } = namesOf(cassette, index, raw)
  const base = {
    entry: index,
    op: shortOp,
    lane: key,
    begin: cassette.begin(index),
    ticks: raw.latencyTicks ?? 0,
    bytes: 4 + document.length,
    raw,
  }
  if (publishOps.has(op)) return { ...base, kind: 'publish', ...messageOf(raw, ['confirmed', 'refused']) }
  if (deliverOps.has(op)) return { ...base, kind: 'delivery', ...messageOf(raw, ['ack', 'reject']) }
  const socket = viewAmqp(op, raw) ?? viewKafka(cassette, index, op, raw)
  if (socket !== undefined) {
    // Of AMQP the outcome of a message is in later entries.
    const settled = socket.message !== undefined && op.startsWith('std.msg.amqp.')
    return { ...base, ...socket, socket: true, ...(settled ? { outcome: amqpOutcome(cassette, index) } : {}) }
  }
  const kind = op === 'std.msg.lab.result_v1' ? 'result' : op === 'std.msg.lab.seal_v1' ? 'seal' : 'other'
  const outcome = raw.err === 0 ? '' : `err ${raw.err ?? '?'}`
  return { ...base, kind, outcome, message: undefined, metadata: {}, reason: undefined }
}

interface LaneNames {
  readonly op: string
  readonly shortOp: string
  readonly key: string
}

/** Those of a lane are read once. */
const laneNames = new WeakMap<CassetteReader, LaneNames[]>()

function namesOf(cassette: CassetteReader, index: number, raw: Entry): LaneNames {
  let names = laneNames.get(cassette)
  if (names === undefined) laneNames.set(cassette, (names = []))
  const lane = cassette.lane(index)
  const known = names[lane]
  if (known !== undefined) return known
  const op = text(raw.op)
  const found = { op, shortOp: op.replace(/^std\.(?:msg\.)?/, '').replace(/_v1$/, ''), key: text(raw.key) }
  if (lane < maxNamedLanes) names[lane] = found
  return found
}

type MessagePart = Pick<EntryView, 'message' | 'metadata' | 'outcome' | 'reason'>

function messageOf(raw: Entry, [yes, no]: readonly [string, string]): MessagePart {
  if (raw.err !== 0) {
    return { message: decoded(raw.req), metadata: {}, outcome: 'failed', reason: text(raw.resp) }
  }
  if (raw.resp.length === 0) return unreadable(raw)
  try {
    const { envelope, ackTag, ack } = decodeRecord(raw.resp)
    const message = decoded(envelope) ?? decoded(raw.req)
    if (ackTag !== 1) {
      const refused = no === 'refused'
      if (refused) return { message, metadata: {}, outcome: no, reason: text(ack) }
      return { message, metadata: metadataOf(ack), outcome: outcomeOf(ackTag, ack), reason: undefined }
    }
    return { message, metadata: metadataOf(ack), outcome: yes, reason: undefined }
  } catch {
    return unreadable(raw)
  }
}

/** A response that is not a record; the request may still be a message. */
function unreadable(raw: Entry): MessagePart {
  return { message: decoded(raw.req), metadata: {}, outcome: 'unreadable', reason: undefined }
}

function decoded(envelope: Uint8Array): Message | undefined {
  if (envelope.length === 0) return undefined
  try {
    return decodeEnvelope(envelope)
  } catch {
    return undefined
  }
}

function metadataOf(bytes: Uint8Array): Metadata {
  return bytes.length === 0 ? {} : decodeMetadata(bytes)
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
