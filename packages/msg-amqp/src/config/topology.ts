import { DriverError } from '@x07-lab/msg-core'
import { readFields } from './fields.ts'

/** The schema version of the topology documents that {@link readAmqpTopology} reads. */
export const amqpTopologyVersion = 'x07.arch.msg.amqp.topology@0.1.0'

/** How an exchange picks the queues of a message. */
export type ExchangeType = 'direct' | 'topic' | 'fanout' | 'headers'

/** Exchanges, queues and bindings by their logical names: the contract under `arch/msg/amqp/topology`. */
export interface AmqpTopology {
  readonly id: string
  readonly v: number
  readonly exchanges: readonly { readonly name: string; readonly type: ExchangeType; readonly durable: boolean }[]
  readonly queues: readonly { readonly name: string; readonly durable: boolean }[]
  readonly bindings: readonly { readonly exchange: string; readonly queue: string; readonly routingKey: string }[]
}

const exchangeTypes: readonly ExchangeType[] = ['direct', 'topic', 'fanout', 'headers']

/** AMQP 0-9-1 writes names and routing keys as short strings. */
const shortStringMaxBytes = 255

/**
 * Reads a topology document (`x07.arch.msg.amqp.topology@0.1.0`) after JSON.parse. Names and routing keys are bounded by
 * what the wire can carry, 255 bytes, which is tighter than the contract's own bound.
 *
 * @throws DriverError `invalid_config`, naming the field, what it holds and what it may hold, or the undeclared exchange or
 *   queue of a binding
 */
export function readAmqpTopology(json: unknown): AmqpTopology {
  const fields = readFields('AMQP topology', json)
  fields.oneOf('schema_version', [amqpTopologyVersion])
  const topology: AmqpTopology = {
    id: fields.text('id', 128),
    v: fields.integer('v', 1, Number.MAX_SAFE_INTEGER),
    exchanges: fields.list('exchanges', (item) => ({
      name: item.text('name', shortStringMaxBytes),
      type: item.oneOf('type', exchangeTypes),
      durable: item.flag('durable', true),
    })),
    queues: fields.list('queues', (item) => ({
      name: item.text('name', shortStringMaxBytes),
      durable: item.flag('durable', true),
    })),
    bindings: fields.list('bindings', (item) => ({
      exchange: item.text('exchange', shortStringMaxBytes),
      queue: item.text('queue', shortStringMaxBytes),
      routingKey: item.text('routing_key', shortStringMaxBytes, 0),
    })),
  }
  for (const [index, { exchange, queue }] of topology.bindings.entries()) {
    if (!topology.exchanges.some(({ name }) => name === exchange)) throw undeclared(index, 'exchange', exchange)
    if (!topology.queues.some(({ name }) => name === queue)) throw undeclared(index, 'queue', queue)
  }
  return topology
}

function undeclared(index: number, kind: 'exchange' | 'queue', name: string): DriverError {
  return new DriverError(
    'invalid_config',
    `read AMQP topology: bindings[${index}] names ${kind} ${JSON.stringify(name)}, which is not declared in it`,
  )
}
