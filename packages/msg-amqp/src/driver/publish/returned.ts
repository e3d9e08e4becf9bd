import type { Message } from 'amqplib'
import type { PendingPublish } from './pending.ts'
import { readProperties, type Text } from '../../protocol/index.ts'
import { routingKeyText } from '../wire/to-wire.ts'
import { wireOf } from './prepare.ts'

/**
 * Marks the unconfirmed message that the broker has given back because no queue takes it. The broker does not say which one
 * it was: of several that are equal in all that routes them, the first, since they all come back.
 */
export function markReturned(
  unconfirmed: Iterable<PendingPublish>,
  { fields, content }: Message,
  properties: Buffer,
): void {
  const messageId = messageIdOf(properties)
  for (const pending of unconfirmed) {
    if (
      pending.returned === undefined &&
      pending.exchange === fields.exchange &&
      routingKeyText(pending.routingKey) === fields.routingKey &&
      pending.bodyBytes === content.length
    ) {
      const wire = wireOf(pending)
      if (textKey(wire.properties.messageId) !== messageId || !wire.body.equals(content)) continue
      const { topic } = pending
      const from = topic === '' ? 'the default exchange, which routes by the name of a queue' : `exchange ${topic}`
      pending.returned = `${reasonOf(fields)}: no queue takes it from ${from}`
      return
    }
  }
}

function messageIdOf(properties: Buffer): string | undefined {
  try {
    return textKey(readProperties(properties).messageId)
  } catch {
    // RabbitMQ gives back what was published; another broker's own form of it says nothing.
    return undefined
  }
}

function textKey(text: Text | undefined): string | undefined {
  return text === undefined ? undefined : routingKeyText(text)
}

/** basic.return says why, which amqplib's types leave out. */
function reasonOf(fields: object): string {
  const code = 'replyCode' in fields && typeof fields.replyCode === 'number' ? fields.replyCode : 312
  const text = 'replyText' in fields && typeof fields.replyText === 'string' ? fields.replyText : 'NO_ROUTE'
  return `${code} ${text}`
}
