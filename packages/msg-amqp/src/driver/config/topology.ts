import { DriverError } from '@x07-lab/msg-core'
import { readContract } from '@x07-lab/msg-core/json'
import { amqpTopologyDocumentForm } from './topology.generated.ts'

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
  const document = readContract(amqpTopologyDocumentForm, json, refused)
  const topology: AmqpTopology = {
    id: document.id,
    v: document.v,
    exchanges: document.exchanges.map(({ name, type, durable = true }) => ({ name, type, durable })),
    queues: document.queues.map(({ name, durable = true }) => ({ name, durable })),
    bindings: document.bindings.map(({ exchange, queue, routing_key: routingKey }) => ({
      exchange,
      queue,
      routingKey,
    })),
  }
  const { exchanges, queues, bindings } = topology
  exchanges.forEach(({ name }, at) => refuseLong(`exchanges[${at}].name`, name))
  queues.forEach(({ name }, at) => refuseLong(`queues[${at}].name`, name))
  bindings.forEach(({ routingKey }, at) => refuseLong(`bindings[${at}].routing_key`, routingKey))
  for (const [index, { exchange, queue }] of topology.bindings.entries()) {
    if (!topology.exchanges.some(({ name }) => name === exchange)) throw undeclared(index, 'exchange', exchange)
    if (!topology.queues.some(({ name }) => name === queue)) throw undeclared(index, 'queue', queue)
  }
  return topology
}

function refused(problem: string): DriverError {
  return new DriverError('invalid_config', `read AMQP topology: ${problem}`)
}

function refuseLong(field: string, text: string): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= shortStringMaxBytes) return
  throw refused(`${field} is ${bytes} bytes of UTF-8, AMQP carries at most ${shortStringMaxBytes}`)
}

function undeclared(index: number, kind: 'exchange' | 'queue', name: string): DriverError {
  return refused(`bindings[${index}] names ${kind} ${JSON.stringify(name)}, which is not declared in it`)
}
