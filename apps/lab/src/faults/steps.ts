import { decodeEnvelope, encodeEnvelope, type Metadata } from '@x07-lab/msg-core'
import {
  canonicalJsonBytes,
  decodeEntry,
  decodeMetadata,
  decodeRecord,
  encodeRecord,
  messagingKind,
  readFrame,
  wires,
  type CassetteReader,
  type EntryFields,
} from '@x07-lab/msg-core/format'
import type { Wire } from '@x07-lab/msg-core/driver'
import { causalOrder, hasCausalOrder, matchRules, pairOrder, type CausalTape } from '@x07-lab/msg-core/playback'

export type StepRole = 'publish' | 'delivery' | 'iterate' | 'other' | 'end'

/** One half of an entry, in the order in which they happened. A fault takes such steps and gives others. */
export interface Step {
  /** Of the entry; the same for both halves. */
  readonly id: number
  readonly half: 'begin' | 'end'
  /** `end`: results and what else follows the run. */
  readonly role: StepRole
  readonly wire: Wire | undefined
  /** Of the driver whose entry it is; the same broker's for publishes, deliveries and iterations. */
  readonly endpoint: string
  /** Topic and key: messages of the same one keep their order. */
  readonly stream: string
  /** What has an order of its own on the broker: the partition; topic and key where there is none. */
  readonly lane: string
  /** The entry, made when it is written. */
  readonly fields: () => EntryFields
}

/** Steps that can be gone through more than once. */
export type Steps = () => Iterable<Step>

/** The steps of a recording, without its seal. */
export function stepsOf(cassette: CassetteReader, open: ReadonlySet<number>, entries: number): Steps {
  const tape: CausalTape = {
    count: entries,
    begin: (entry) => cassette.begin(entry),
    event: (entry, half) => ({ entry, half, side: 'broker', lane: 0, rule: matchRules.ordered, turn: 0 }),
  }
  return function* steps() {
    const next = hasCausalOrder(tape, open) ? causalOrder(tape, open) : pairOrder(tape)
    for (let event = next(); event !== undefined; event = next()) {
      yield stepOf(cassette, event.entry, event.half === 'begin' ? 'begin' : 'end')
    }
  }
}

const roles = new Map<string, readonly [StepRole, Wire]>(
  Object.values(wires).flatMap(({ wire, ...ops }): [string, readonly [StepRole, Wire]][] => [
    [ops.publishOp, ['publish', wire]],
    [ops.deliverOp, ['delivery', wire]],
    [ops.iterateOp, ['iterate', wire]],
  ]),
)

const none = new Uint8Array(0)

function stepOf(cassette: CassetteReader, entry: number, half: 'begin' | 'end'): Step {
  const { op, key: endpoint } = cassette.lanes.get(cassette.lane(entry)) ?? { op: none, key: none }
  const name = Buffer.from(op).toString()
  const [role, wire] = roles.get(name) ?? [name.startsWith('std.msg.lab.') ? 'end' : 'other', undefined]
  const fields = (): EntryFields => {
    const { seq: _, ...kept } = decodeEntry(cassette.entry(entry))
    return kept
  }
  const base = { id: entry, half, role, wire, fields, endpoint: Buffer.from(endpoint).toString() }
  if (role !== 'publish' && role !== 'delivery') return { ...base, stream: '', lane: '' }
  const { req, err } = decodeEntry(cassette.entry(entry))
  // The deliveries themselves failed: there is no message.
  if (role === 'delivery' && (err !== 0 || req.length === 0)) return { ...base, role: 'other', stream: '', lane: '' }
  const { topic, key } = readFrame(req)
  const stream = `${Buffer.from(topic).toString('latin1')}\0${Buffer.from(key).toString('latin1')}`
  const { partition } = role === 'delivery' ? metadataOf(fields()) : {}
  const lane = partition === undefined ? stream : `${Buffer.from(topic).toString('latin1')}/${partition}`
  return { ...base, stream, lane }
}

/** What the broker said of a message: the answer to a publish, the metadata of a delivery. */
export function metadataOf({ resp }: EntryFields): Metadata {
  return decodeMetadata(decodeRecord(resp).ack)
}

/** The entry with other metadata. */
export function withMetadata(fields: EntryFields, metadata: Metadata): EntryFields {
  return { ...fields, resp: encodeRecord({ ...decodeRecord(fields.resp), ack: canonicalJsonBytes({ ...metadata }) }) }
}

/** The entry with another value of its message. */
export function withValue(fields: EntryFields, value: Uint8Array): EntryFields {
  const envelope = encodeEnvelope({ ...decodeEnvelope(fields.req), value })
  return { ...fields, req: envelope, resp: encodeRecord({ ...decodeRecord(fields.resp), envelope }) }
}

/** The publish, refused. */
export function refused(fields: EntryFields, reason: string): EntryFields {
  const resp = encodeRecord({ ...decodeRecord(fields.resp), ackTag: 2, ack: Buffer.from(reason) })
  return { ...fields, resp, latencyTicks: 0 }
}

/** The call, failed. */
export function failed(fields: EntryFields, errno: number, message: string): EntryFields {
  return { ...fields, resp: Buffer.from(message), err: errno }
}

/** An entry of a lane, such as the failure of the deliveries. */
export function plainEntry(op: string, key: string | Uint8Array): EntryFields {
  return { kind: messagingKind, op, key, req: new Uint8Array(0), resp: new Uint8Array(0), err: 0, latencyTicks: 0 }
}
