import type { Message } from 'amqplib'
import type { Outgoing } from './outgoing.ts'
import { wireOf } from './prepare.ts'

/**
 * Marks the unconfirmed message that the broker has given back because no queue takes it. The broker does not say which one
 * it was: of several that are equal in all that routes them, the first, since they all come back.
 */
export function markReturned(unconfirmed: Iterable<Outgoing>, { fields, properties, content }: Message): void {
  for (const outgoing of unconfirmed) {
    if (
      outgoing.returned === undefined &&
      outgoing.exchange === fields.exchange &&
      outgoing.routingKey === fields.routingKey &&
      outgoing.bodyBytes === content.length
    ) {
      const { options, body } = wireOf(outgoing)
      if (options.messageId !== properties.messageId || !body.equals(content)) continue
      outgoing.returned = `${reasonOf(fields)}: no queue takes it from exchange ${outgoing.topic}`
      return
    }
  }
}

/** basic.return says why, which amqplib's types leave out. */
function reasonOf(fields: object): string {
  const code = 'replyCode' in fields && typeof fields.replyCode === 'number' ? fields.replyCode : 312
  const text = 'replyText' in fields && typeof fields.replyText === 'string' ? fields.replyText : 'NO_ROUTE'
  return `${code} ${text}`
}
