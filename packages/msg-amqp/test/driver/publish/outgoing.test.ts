import { encodeEnvelope } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { outgoingQueue, type Outgoing } from '../../../src/driver/publish/outgoing.ts'
import { wireOf } from '../../../src/driver/publish/prepare.ts'
import { markReturned } from '../../../src/driver/publish/returned.ts'
import { noProperties } from '../../support/messages.ts'

const none = new Uint8Array(0)

function outgoing(name: string, over: Partial<Outgoing> = {}): Outgoing {
  return {
    topic: 't',
    exchange: 'x',
    routingKey: 'k',
    envelope: encodeEnvelope({ topic: 't', key: none, value: Buffer.from(name), headers: [['message-id', name]] }),
    // As it is once the message was sent.
    wire: undefined,
    bodyBytes: name.length,
    sent: 1,
    suspect: false,
    returned: undefined,
    answered: false,
    abortables: undefined,
    resolve: () => undefined,
    reject: () => undefined,
    ...over,
  }
}

const nameOf = (item: Outgoing | undefined): string | undefined => item && wireOf(item).options.messageId

describe('the queue of what waits to be sent', () => {
  test('keeps the order over thousands, and what is put back goes first', () => {
    const queue = outgoingQueue()
    for (let n = 0; n < 5_000; n++) queue.push(outgoing(String(n)))
    const taken = Array.from({ length: 3_000 }, () => queue.shift())
    expect(taken.map(nameOf)).toEqual(Array.from({ length: 3_000 }, (_, n) => String(n)))
    queue.putBack([outgoing('a'), outgoing('b')])
    expect(queue.length).toBe(2_002)
    expect([nameOf(queue.peek()), nameOf(queue.shift()), nameOf(queue.shift()), nameOf(queue.shift())]).toEqual([
      'a',
      'a',
      'b',
      '3000',
    ])
    expect(queue.drain()).toHaveLength(1_999)
    expect([queue.length, queue.shift()]).toEqual([0, undefined])
  })
})

describe('a message that the broker gave back', () => {
  const message = (name: string, exchange = 'x', routingKey = 'k'): Parameters<typeof markReturned>[1] => {
    const fields = { deliveryTag: 0, redelivered: false, exchange, routingKey, replyCode: 312, replyText: 'NO_ROUTE' }
    return { fields, content: Buffer.from(name), properties: { ...noProperties, messageId: name } }
  }

  test('is found among the unconfirmed by what routes it, the first of equals first', () => {
    const open = [outgoing('a'), outgoing('b'), outgoing('b'), outgoing('b', { routingKey: 'other' })]
    markReturned(open, message('b'))
    expect(open.map(({ returned }) => returned)).toEqual([
      undefined,
      '312 NO_ROUTE: no queue takes it from exchange t',
      undefined,
      undefined,
    ])
    markReturned(open, message('b'))
    markReturned(open, message('b', 'x', 'other'))
    markReturned(open, message('b', 'another'))
    expect(open.map(({ returned }) => returned !== undefined)).toEqual([false, true, true, true])
  })
})
