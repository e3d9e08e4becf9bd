import type { ConsumeMessage, Message } from 'amqplib'

/** Properties of a message that has none, as amqplib hands them over. */
export const noProperties: Message['properties'] = {
  contentType: undefined,
  contentEncoding: undefined,
  headers: undefined,
  deliveryMode: undefined,
  priority: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  timestamp: undefined,
  type: undefined,
  userId: undefined,
  appId: undefined,
  clusterId: undefined,
}

/** An empty message with this delivery tag. */
export function delivered(deliveryTag: number): ConsumeMessage {
  const fields = { deliveryTag, redelivered: false, exchange: 'x', routingKey: 'k', consumerTag: 'c' }
  return { fields, content: Buffer.alloc(0), properties: noProperties }
}
