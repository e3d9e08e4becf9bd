import type { Channel } from 'amqplib'
import type { AmqpTopology } from './config/topology.ts'
import type { LiveConnection } from './connection/live-connection.ts'
import type { Names } from './names.ts'

/** Declares exchanges, queues and bindings, in this order. What is there with the same settings stays as it is. */
export async function declareTopology(
  connection: LiveConnection,
  channel: Channel,
  topology: AmqpTopology,
  names: Names,
): Promise<void> {
  for (const { name, type, durable } of topology.exchanges) {
    await connection.ask(channel.assertExchange(names.physicalExchange(name), type, { durable }))
  }
  for (const { name, durable } of topology.queues) {
    await connection.ask(channel.assertQueue(names.physicalQueue(name), { durable }))
  }
  for (const { exchange, queue, routingKey } of topology.bindings) {
    await connection.ask(channel.bindQueue(names.physicalQueue(queue), names.physicalExchange(exchange), routingKey))
  }
}

/** Deletes the queues with what they hold, then the exchanges. What is not there is no error to RabbitMQ. */
export async function deleteTopology(
  connection: LiveConnection,
  channel: Channel,
  topology: AmqpTopology,
  names: Names,
): Promise<void> {
  for (const { name } of topology.queues) await connection.ask(channel.deleteQueue(names.physicalQueue(name)))
  for (const { name } of topology.exchanges) {
    const physical = names.physicalExchange(name)
    // The broker's own exchanges are nobody's to delete.
    if (!physical.startsWith('amq.')) await connection.ask(channel.deleteExchange(physical))
  }
}
