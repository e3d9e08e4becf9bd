import { DriverError, type Json } from '@x07-lab/msg-core'
import { topologyProblems } from '@x07-lab/msg-core/format'
import { readContract } from '@x07-lab/msg-core/json'
import { amqpFullTopologyDocumentForm, type AmqpFullTopologyDocument } from './full-topology.generated.ts'
import { amqpTopologyDocumentForm, type AmqpTopologyDocument } from './topology.generated.ts'

/** What becomes of a message that no queue takes: the publish is refused, or its answer says `routed: false`. */
export type Unroutable = 'refuse' | 'answer'

/** Arguments of a declaration by name; `{type, value}` names another type of AMQP than the client's guess. */
export type AmqpArguments = Readonly<Record<string, Json>>

export interface AmqpExchange {
  readonly name: string
  /** `direct`, `topic`, `fanout`, `headers`, or a plugin's. */
  readonly type: string
  /** Default true. */
  readonly durable?: boolean
  readonly autoDelete?: boolean
  readonly internal?: boolean
  /** Somebody else's: it must be there, and is neither declared nor deleted. */
  readonly passive?: boolean
  /** Default the topology's. */
  readonly unroutable?: Unroutable
  readonly arguments?: AmqpArguments
}

export interface AmqpQueue {
  readonly name: string
  /** The broker makes the name up, a new one on every connection; `name` is how this program calls it. */
  readonly serverNamed?: boolean
  /** Default true, false for a queue that is exclusive or server-named. */
  readonly durable?: boolean
  readonly exclusive?: boolean
  readonly autoDelete?: boolean
  /** Somebody else's: it must be there, and is neither declared nor deleted. */
  readonly passive?: boolean
  readonly arguments?: AmqpArguments
}

/** From an exchange to a queue, or to another exchange. */
export interface AmqpBinding {
  readonly exchange: string
  readonly queue?: string
  readonly toExchange?: string
  /** Default empty. */
  readonly routingKey?: string
  readonly arguments?: AmqpArguments
}

export interface AmqpConsumer {
  /** A queue of the topology, or `amq.rabbitmq.reply-to` for direct replies. */
  readonly queue: string
  /** Default the profile's. */
  readonly prefetch?: number
  readonly noAck?: boolean
  readonly exclusive?: boolean
  readonly arguments?: AmqpArguments
}

/**
 * Exchanges, queues, bindings and consumers by their logical names. A program may write it as a literal, or read one of the two
 * contract forms with {@link readAmqpTopology}.
 */
export interface AmqpTopology {
  /** For messages; default `topology`. */
  readonly id?: string
  readonly v?: number
  /** Default `refuse`. */
  readonly unroutable?: Unroutable
  readonly exchanges?: readonly AmqpExchange[]
  readonly queues?: readonly AmqpQueue[]
  readonly bindings?: readonly AmqpBinding[]
  /** Default every queue, one consumer each. */
  readonly consumers?: readonly AmqpConsumer[]
}

/**
 * Reads a topology document after JSON.parse: X07's form (`x07.arch.msg.amqp.topology@0.1.0`), or the full one
 * (`vcr.amqp.topology@0.1.0`). Names and routing keys are bounded by what the wire can carry, 255 bytes of UTF-8.
 *
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold; unknown fields are refused
 */
export function readAmqpTopology(json: unknown): AmqpTopology {
  const full = isObject(json) && json['schema_version'] === amqpFullTopologyDocumentForm.version
  const topology = full
    ? fullTopology(readContract(amqpFullTopologyDocumentForm, json, refused))
    : plainTopology(readContract(amqpTopologyDocumentForm, json, refused))
  checkTopology(topology, refused)
  return topology
}

function plainTopology({ id, v, exchanges, queues, bindings }: AmqpTopologyDocument): AmqpTopology {
  return {
    id,
    v,
    exchanges: exchanges.map(({ name, type, durable = true }) => ({ name, type, durable })),
    queues: queues.map(({ name, durable = true }) => ({ name, durable })),
    bindings: bindings.map(({ exchange, queue, routing_key: routingKey }) => ({ exchange, queue, routingKey })),
  }
}

function fullTopology(document: AmqpFullTopologyDocument): AmqpTopology {
  const { exchanges = [], queues = [], bindings = [], consumers, schema_version: _, ...others } = document
  return {
    ...others,
    exchanges: exchanges.map(({ auto_delete: autoDelete, ...exchange }) => ({ ...exchange, ...given({ autoDelete }) })),
    queues: queues.map(({ auto_delete: autoDelete, server_named: serverNamed, ...queue }) => ({
      ...queue,
      ...given({ autoDelete, serverNamed }),
    })),
    bindings: bindings.map(({ to_exchange: toExchange, routing_key: routingKey, ...binding }) => ({
      ...binding,
      ...given({ toExchange, routingKey }),
    })),
    ...(consumers === undefined
      ? {}
      : { consumers: consumers.map(({ no_ack: noAck, ...consumer }) => ({ ...consumer, ...given({ noAck }) })) }),
  } as AmqpTopology
}

/** Members that are there. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** @throws what `refuse` makes of the first problem that no schema can tell */
export function checkTopology(topology: AmqpTopology, refuse: (problem: string) => DriverError): void {
  for (const { problem } of topologyProblems(topology)) throw refuse(problem)
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read AMQP topology: ${problem}`)
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
