import type { Channel } from 'amqplib'
import { clientArguments } from './arguments.ts'
import type { AmqpExchange, AmqpQueue, AmqpTopology } from './config/topology.ts'
import type { LiveConnection } from './connection/live-connection.ts'
import type { Names } from './names.ts'

/** Declares exchanges, queues and bindings, in this order. What is there with the same settings stays as it is. */
export async function declareTopology(
  connection: LiveConnection,
  channel: Channel,
  { exchanges = [], queues = [], bindings = [] }: AmqpTopology,
  names: Names,
): Promise<void> {
  for (const exchange of exchanges) await connection.ask(declareExchange(channel, exchange, names))
  for (const queue of queues) await declareQueue(connection, channel, queue, names)
  for (const { exchange, queue, toExchange, routingKey = '', arguments: given } of bindings) {
    const from = names.physicalExchange(exchange)
    const args = clientArguments(`arguments of a binding from ${exchange}`, given, names)
    if (queue !== undefined) {
      await connection.ask(channel.bindQueue(names.physicalQueue(queue), from, routingKey, args))
    } else if (toExchange !== undefined) {
      await connection.ask(channel.bindExchange(names.physicalExchange(toExchange), from, routingKey, args))
    }
  }
}

function declareExchange(channel: Channel, exchange: AmqpExchange, names: Names): Promise<unknown> {
  const { name, type, durable = true, autoDelete = false, internal = false, passive = false } = exchange
  const physical = names.physicalExchange(name)
  if (passive) return channel.checkExchange(physical)
  const args = clientArguments(`arguments of exchange ${name}`, exchange.arguments, names)
  return channel.assertExchange(physical, type, { durable, autoDelete, internal, arguments: args })
}

async function declareQueue(
  connection: LiveConnection,
  channel: Channel,
  queue: AmqpQueue,
  names: Names,
): Promise<void> {
  const { name, serverNamed = false, exclusive = false, autoDelete = false, passive = false } = queue
  const physical = names.physicalQueue(name)
  if (passive) {
    await connection.ask(channel.checkQueue(physical))
    return
  }
  const { durable = !exclusive && !serverNamed } = queue
  const args = clientArguments(`arguments of queue ${name}`, queue.arguments, names)
  const options = { durable, exclusive, autoDelete, arguments: args }
  if (!serverNamed) {
    await connection.ask(channel.assertQueue(physical, options))
    return
  }
  // One that this connection has named is still there.
  if (connection.namedQueues.has(physical)) return
  const made = await connection.ask(channel.assertQueue('', options))
  connection.namedQueues.add(made.queue)
  names.nameQueue(name, made.queue)
}

/** Deletes the queues with what they hold, then the exchanges. What is not there is no error to RabbitMQ. */
export async function deleteTopology(
  connection: LiveConnection,
  channel: Channel,
  { exchanges = [], queues = [] }: AmqpTopology,
  names: Names,
): Promise<void> {
  for (const { name, passive = false } of queues) {
    if (!passive) await connection.ask(channel.deleteQueue(names.physicalQueue(name)))
  }
  for (const { name, passive = false } of exchanges) {
    const physical = names.physicalExchange(name)
    // The broker's own exchanges are nobody's to delete.
    if (!passive && !physical.startsWith('amq.')) await connection.ask(channel.deleteExchange(physical))
  }
}
