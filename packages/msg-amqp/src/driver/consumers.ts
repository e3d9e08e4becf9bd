import { DriverError } from '@x07-lab/msg-core'
import { clientArguments } from './arguments.ts'
import type { AmqpProfile } from './config/profile.ts'
import { directReplyTo } from '@x07-lab/msg-core/format'
import type { AmqpConsumer, AmqpQueue, AmqpTopology } from './config/topology.ts'
import type { Subscription } from './consume/queue-consumer.ts'
import { defaultTopologyId } from './driver.ts'
import type { Names } from './names.ts'

/** What a driver consumes. */
export interface Consumers {
  readonly subscriptions: readonly Subscription[]
  /** Whether direct replies are consumed. */
  readonly replies: boolean
}

/**
 * The consumers of a topology: as it says, or one for each of its queues; of them those of `chosen`.
 *
 * @throws DriverError `invalid_config` for a queue that the topology does not consume
 */
export function consumersOf(
  topology: AmqpTopology,
  profile: AmqpProfile,
  names: Names,
  doing: string,
  chosen?: readonly string[],
): Consumers {
  const { queues = [] } = topology
  const all: readonly AmqpConsumer[] = topology.consumers ?? queues.map(({ name }) => ({ queue: name }))
  const unknown = chosen?.find((queue) => !all.some((consumer) => consumer.queue === queue))
  if (unknown !== undefined) {
    const there = all.map(({ queue }) => queue).join(', ')
    throw new DriverError(
      'invalid_config',
      `${doing}: queue ${unknown} is not in topology ${topology.id ?? defaultTopologyId}, only ${there}`,
    )
  }
  const wanted = chosen === undefined ? all : all.filter(({ queue }) => chosen.includes(queue))
  const kinds = new Map(queues.map((queue) => [queue.name, queue]))
  const subscriptions = wanted
    .filter(({ queue }) => queue !== directReplyTo)
    .map(({ queue, prefetch = profile.limits.prefetchCount, noAck = false, exclusive = false, ...consumer }) => ({
      queue,
      prefetchCount: prefetch,
      noAck,
      exclusive,
      arguments: clientArguments(`arguments of the consumer of ${queue}`, consumer.arguments, names),
      countsDeliveries: typeOf(kinds.get(queue)) === 'quorum',
      isStream: typeOf(kinds.get(queue)) === 'stream',
    }))
  return { subscriptions, replies: subscriptions.length < wanted.length }
}

/** A quorum queue counts how often it delivered a message, and may drop it after so many times; a stream keeps its messages. */
function typeOf(queue: AmqpQueue | undefined): unknown {
  return queue?.arguments?.['x-queue-type']
}

/** Whether a message that no queue takes is an answer, by its exchange. */
export function unroutableRule({ unroutable = 'refuse', exchanges = [] }: AmqpTopology): (topic: string) => boolean {
  const rules = new Map(exchanges.map((exchange) => [exchange.name, exchange.unroutable ?? unroutable]))
  return (topic) => (rules.get(topic) ?? unroutable) === 'answer'
}
