import type { Metadata } from '@x07-lab/msg-core'
import {
  decodeMetadata,
  decodeRecord,
  endpointOf,
  outcomeOf,
  readFrame,
  readUnsettledNote,
  wires,
} from '@x07-lab/msg-core/format'
import type { Act, ActMessage, DeliveryAct, LogPosition, PublishAct } from './act.ts'

/** What the oracle needs of an entry; `op` and `key` as text. */
export interface ActEntry {
  readonly op: string
  readonly key: string
  readonly req: Uint8Array
  readonly resp: Uint8Array
  /** 0 where the call succeeded. */
  readonly err: number | undefined
  /** Which recording it is of, where a cassette holds several: their logs have nothing to do with each other. */
  readonly recording?: number
}

/** Which entry it is, and when it began and ended. */
export type ActPlace = Pick<Act, 'entry' | 'begin' | 'end'>

type Role = 'publish' | 'deliver' | 'unsettled' | 'resettle' | 'transaction'

const roles = new Map<string, Role>(
  Object.values(wires).flatMap((names): [string, Role][] => [
    [names.publishOp, 'publish'],
    [names.deliverOp, 'deliver'],
    [names.unsettledOp, 'unsettled'],
    [names.resettleOp, 'resettle'],
    [names.transactionOp, 'transaction'],
  ]),
)

/** The act that an entry of the driver port records; undefined for other entries, and for bytes that are no message. */
export function portAct(entry: ActEntry, place: ActPlace): Act | undefined {
  const role = roles.get(entry.op)
  try {
    switch (role) {
      case 'publish':
        return publishAct(entry, place)
      case 'deliver':
        return deliveryAct(entry, place)
      case 'unsettled':
        return unsettledAct(entry, place)
      case 'resettle': {
        const { delivery } = JSON.parse(Buffer.from(entry.req).toString()) as { delivery?: unknown }
        return { kind: 'resettle', ...place, delivery: typeof delivery === 'number' ? delivery : -1 }
      }
      case 'transaction': {
        const { call } = JSON.parse(Buffer.from(entry.req).toString()) as { call?: unknown }
        const isCall = entry.err === 0 && (call === 'begin' || call === 'commit' || call === 'abort')
        return isCall ? { kind: 'transaction', ...place, call, producer: entry.key } : undefined
      }
      case undefined:
        return undefined
    }
  } catch {
    return undefined
  }
}

function publishAct({ key, req, resp, err, recording }: ActEntry, place: ActPlace): PublishAct {
  const publish = { kind: 'publish', ...place, producer: key } as const
  if (err !== 0) return { ...publish, message: messageOf(key, req, {}, recording), status: 'failed', sent: 1 }
  const { envelope, ackTag, ack } = decodeRecord(resp)
  // X07's own records may leave the envelope to the request.
  const bytes = envelope.length > 0 ? envelope : req
  if (ackTag !== 1) return { ...publish, message: messageOf(key, bytes, {}, recording), status: 'refused', sent: 1 }
  const answer = ack.length === 0 ? {} : decodeMetadata(ack)
  const { sent, routed } = answer
  return {
    ...publish,
    message: messageOf(key, bytes, answer, recording),
    // A broker that was not asked for an answer gives no offset.
    status: routed === false ? 'unroutable' : answer['offset'] === null ? 'unconfirmed' : 'confirmed',
    sent: typeof sent === 'number' ? sent : 1,
  }
}

function deliveryAct({ key, req, resp, err, recording }: ActEntry, place: ActPlace): DeliveryAct | undefined {
  if (err !== 0) {
    // The deliveries themselves failed, or an older recording of a settle that did.
    return req.length === 0 ? undefined : delivery(key, req, {}, 'failed', place, recording)
  }
  const { envelope, ackTag, ack } = decodeRecord(resp)
  const metadata = ack.length === 0 ? {} : decodeMetadata(ack)
  return delivery(key, envelope.length > 0 ? envelope : req, metadata, outcomeOf(ackTag, ack), place, recording)
}

function unsettledAct({ key, req, resp, err, recording }: ActEntry, place: ActPlace): DeliveryAct {
  const { metadata } = readUnsettledNote(resp)
  return delivery(key, req, metadata, err === 0 ? 'unsettled' : 'failed', place, recording)
}

function delivery(
  key: string,
  envelope: Uint8Array,
  metadata: Metadata,
  settled: DeliveryAct['settled'],
  place: ActPlace,
  recording: number | undefined,
): DeliveryAct {
  const { redelivered, committed, queue } = metadata
  return {
    kind: 'delivery',
    ...place,
    message: messageOf(key, envelope, metadata, recording),
    consumer: typeof queue === 'string' ? `${key} ${queue}` : key,
    redelivered: redelivered === true,
    committed: typeof committed === 'string' || typeof committed === 'number' ? Number(committed) : undefined,
    settled,
    ordered: true,
  }
}

function messageOf(key: string, envelope: Uint8Array, metadata: Metadata, recording = 0): ActMessage {
  const frame = readFrame(envelope)
  const topic = latin1(frame.topic)
  const stream = `${topic}\0${latin1(frame.key)}`
  const position = positionOf(endpointOf(key), topic, metadata)
  if (recording === 0) return { bytes: envelope, stream, position }
  return {
    bytes: envelope,
    stream: `${stream}\0${recording}`,
    position: position && { ...position, log: `${position.log} of recording ${recording + 1}` },
  }
}

function positionOf(
  endpoint: string,
  topic: string,
  { partition, offset, position }: Metadata,
): LogPosition | undefined {
  if (typeof partition === 'number' && typeof offset === 'string') {
    return { log: `${Buffer.from(topic, 'latin1').toString()}/${partition}`, offset: Number(offset) }
  }
  return typeof position === 'string' ? { log: endpoint, offset: Number(position) } : undefined
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
