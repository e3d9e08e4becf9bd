import { methodId, readMethod } from '@x07-lab/msg-amqp/protocol'
import { amqpSocketOps, decodeStored } from '@x07-lab/msg-amqp/socket'
import { decodeEntry, type CassetteReader } from '@x07-lab/msg-core/format'

/** What became of a message at the socket; a byte an entry names one by its place here. */
const outcomes = ['', 'confirmed', 'refused', 'ack', 'nack', 'reject'] as const
type Outcome = (typeof outcomes)[number]

const known = new WeakMap<CassetteReader, Uint8Array>()

/** How the broker confirmed a publish and how the program settled a delivery, by entry; empty where the recording does not say. */
export function amqpOutcome(cassette: CassetteReader, entry: number): Outcome {
  let codes = known.get(cassette)
  if (codes === undefined) known.set(cassette, (codes = readOutcomes(cassette)))
  return outcomes[codes[entry] ?? 0] ?? ''
}

/** What waits in a channel, entries by tag, in the order of the tags. */
interface Channel {
  /** Publishes are numbered from confirm.select on; 0 before it. */
  next: bigint
  readonly publishes: Map<bigint, number>
  readonly deliveries: Map<bigint, number>
  /** Consumers whose deliveries are not settled. */
  readonly withoutAck: Set<string>
  /** `noAck` of what was asked and not answered yet. */
  readonly consumes: boolean[]
  readonly gets: boolean[]
}

/** Memory: a byte an entry, and what is under way. */
function readOutcomes(cassette: CassetteReader): Uint8Array {
  const codes = new Uint8Array(cassette.count)
  const channels = new Map<string, Channel>()
  for (let entry = 0; entry < cassette.count; entry++) {
    try {
      take(cassette, entry, channels, codes)
    } catch {
      // Bytes that are no command settle nothing.
    }
  }
  return codes
}

const [open, select] = [methodId('channel.open'), methodId('confirm.select')]
/** Methods that say something of a message. */
const told = new Set(
  (
    [
      'basic.publish',
      'basic.consume',
      'basic.consume-ok',
      'basic.get',
      'basic.get-ok',
      'basic.get-empty',
      'basic.deliver',
      'basic.ack',
      'basic.nack',
      'basic.reject',
    ] as const
  ).map(methodId),
)

function newChannel(): Channel {
  return { next: 0n, publishes: new Map(), deliveries: new Map(), withoutAck: new Set(), consumes: [], gets: [] }
}

function take(cassette: CassetteReader, entry: number, channels: Map<string, Channel>, codes: Uint8Array): void {
  const { op: opBytes, key, req, resp } = decodeEntry(cassette.entry(entry))
  const op = Buffer.from(opBytes).toString()
  const fromClient = op === amqpSocketOps.client
  if (!fromClient && op !== amqpSocketOps.server) return
  const { method: bytes } = decodeStored(fromClient ? req : resp)
  const id = bytes.readUInt32BE(0)
  const lane = Buffer.from(key).toString()
  if (id === open) channels.delete(lane)
  if (id !== select && !told.has(id)) return
  let channel = channels.get(lane)
  if (channel === undefined) channels.set(lane, (channel = newChannel()))
  if (id === select) {
    if (channel.next === 0n) channel.next = 1n
    return
  }
  const method = readMethod(bytes)
  const waiting = fromClient ? channel.deliveries : channel.publishes
  switch (method.name) {
    case 'basic.publish':
      if (channel.next > 0n) channel.publishes.set(channel.next++, entry)
      return
    case 'basic.consume':
      if (!method.args.noWait) channel.consumes.push(method.args.noAck)
      else if (method.args.noAck) channel.withoutAck.add(String(method.args.consumerTag))
      return
    case 'basic.consume-ok':
      if (channel.consumes.shift() === true) channel.withoutAck.add(String(method.args.consumerTag))
      return
    case 'basic.get':
      channel.gets.push(method.args.noAck)
      return
    case 'basic.get-empty':
      channel.gets.shift()
      return
    case 'basic.get-ok':
      if (channel.gets.shift() !== true) channel.deliveries.set(method.args.deliveryTag, entry)
      return
    case 'basic.deliver':
      if (!channel.withoutAck.has(String(method.args.consumerTag)))
        channel.deliveries.set(method.args.deliveryTag, entry)
      return
    case 'basic.ack':
      settle(waiting, method.args.deliveryTag, method.args.multiple, fromClient ? 'ack' : 'confirmed', codes)
      return
    case 'basic.nack':
      settle(waiting, method.args.deliveryTag, method.args.multiple, fromClient ? 'nack' : 'refused', codes)
      return
    case 'basic.reject':
      settle(waiting, method.args.deliveryTag, false, 'reject', codes)
      return
    default:
  }
}

/** @param multiple all up to the tag; all there are for tag 0 */
function settle(
  waiting: Map<bigint, number>,
  tag: bigint,
  multiple: boolean,
  outcome: Outcome,
  codes: Uint8Array,
): void {
  const code = outcomes.indexOf(outcome)
  if (!multiple) {
    const entry = waiting.get(tag)
    if (entry !== undefined) codes[entry] = code
    waiting.delete(tag)
    return
  }
  for (const [one, entry] of waiting) {
    if (tag !== 0n && one > tag) return
    codes[entry] = code
    waiting.delete(one)
  }
}
