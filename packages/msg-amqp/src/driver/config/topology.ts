import { DriverError, type Json } from '@x07-lab/msg-core'
import { readContract } from '@x07-lab/msg-core/json'
import { meantArgument } from './argument-names.ts'
import { argumentForms, isArgument } from '../arguments.ts'
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
  /** A queue of the topology, or {@link directReplyTo}. */
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

/** The pseudo-queue of RabbitMQ's direct reply-to: its consumer is on the channel that publishes, and takes without acks. */
export const directReplyTo = 'amq.rabbitmq.reply-to'

/** AMQP 0-9-1 writes names and routing keys as short strings. */
const shortStringMaxBytes = 255

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

/**
 * What no schema says: names that the wire can carry and that are there only once, bindings and consumers of what is declared,
 * combinations that RabbitMQ refuses.
 */
export function checkTopology(topology: AmqpTopology, refuse: (problem: string) => DriverError): void {
  const { exchanges = [], queues = [], bindings = [], consumers = [] } = topology
  const within = (field: string, text: string): void => {
    const bytes = Buffer.byteLength(text)
    if (bytes > shortStringMaxBytes) {
      throw refuse(`${field} is ${bytes} bytes of UTF-8, AMQP carries at most ${shortStringMaxBytes}`)
    }
  }
  const declared = (list: string, kind: string, named: readonly { readonly name: string }[]) => {
    const names = new Set<string>()
    named.forEach(({ name }, at) => {
      within(`${list}[${at}].name`, name)
      names.add(name)
    })
    return (field: string, name: string | undefined): void => {
      if (name !== undefined && !names.has(name)) {
        throw refuse(`${field} names ${kind} ${JSON.stringify(name)}, which is not declared in it`)
      }
    }
  }
  const lists = { exchanges, queues, bindings, consumers }
  for (const list of ['exchanges', 'queues', 'bindings', 'consumers'] as const) {
    lists[list].forEach((item, at) => {
      const given = item.arguments ?? {}
      for (const [name, value] of Object.entries(given)) {
        const meant = meantArgument(list, name, Object.keys(given))
        if (meant !== undefined) {
          throw refuse(
            `${list}[${at}].arguments.${name} is not an argument that RabbitMQ knows, and it would pass over it; is it ${meant}?`,
          )
        }
        if (!isArgument(value)) {
          throw refuse(`${list}[${at}].arguments.${name} is not an argument of AMQP, expected ${argumentForms}`)
        }
      }
    })
  }
  const needExchange = declared('exchanges', 'exchange', exchanges)
  const needQueue = declared('queues', 'queue', queues)
  bindings.forEach(({ exchange, queue, toExchange, routingKey = '' }, at) => {
    within(`bindings[${at}].routing_key`, routingKey)
    if ((queue === undefined) === (toExchange === undefined)) {
      throw refuse(`bindings[${at}] must have one of queue and to_exchange`)
    }
    needExchange(`bindings[${at}]`, exchange)
    needQueue(`bindings[${at}]`, queue)
    needExchange(`bindings[${at}]`, toExchange)
  })
  queues.forEach(({ serverNamed = false, passive = false }, at) => {
    if (serverNamed && passive) throw refuse(`queues[${at}] is server_named and passive: a name to look for is missing`)
  })
  consumers.forEach(({ queue, noAck = false }, at) => {
    if (queue !== directReplyTo) needQueue(`consumers[${at}]`, queue)
    else if (!noAck) throw refuse(`consumers[${at}] takes from ${directReplyTo} and must be no_ack`)
  })
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read AMQP topology: ${problem}`)
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
