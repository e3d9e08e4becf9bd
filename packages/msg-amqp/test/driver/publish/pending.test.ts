import { encodeEnvelope } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { pendingQueue, type PendingPublish } from '../../../src/driver/publish/pending.ts'
import { namesOf } from '../../../src/driver/names.ts'
import { prepare, wireOf } from '../../../src/driver/publish/prepare.ts'
import { markReturned } from '../../../src/driver/publish/returned.ts'
import { writeProperties } from '../../../src/protocol/index.ts'
import { written } from '../../protocol/arbitraries.ts'
import { noProperties } from '../../support/messages.ts'

const none = new Uint8Array(0)

function pending(name: string, over: Partial<PendingPublish> = {}): PendingPublish {
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
    doubt: undefined,
    returned: undefined,
    answered: false,
    abortables: undefined,
    resolve: () => undefined,
    reject: () => undefined,
    ...over,
  }
}

const nameOf = (item: PendingPublish | undefined): unknown => item && wireOf(item).properties.messageId

describe('the queue of what waits to be sent', () => {
  test('keeps the order over thousands, and what is put back goes first', () => {
    const queue = pendingQueue()
    for (let n = 0; n < 5_000; n++) queue.push(pending(String(n)))
    const taken = Array.from({ length: 3_000 }, () => queue.shift())
    expect(taken.map(nameOf)).toEqual(Array.from({ length: 3_000 }, (_, n) => String(n)))
    queue.putBack([pending('a'), pending('b')])
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
  const giveBack = (open: PendingPublish[], name: string, exchange = 'x', routingKey = 'k'): void => {
    const fields = { deliveryTag: 0, redelivered: false, exchange, routingKey, replyCode: 312, replyText: 'NO_ROUTE' }
    const properties = written((writer) => writeProperties(writer, { messageId: name }))
    markReturned(open, { fields, content: Buffer.from(name), properties: noProperties }, properties)
  }

  test('is found among the unconfirmed by what routes it, the first of equals first', () => {
    const open = [pending('a'), pending('b'), pending('b'), pending('b', { routingKey: 'other' })]
    giveBack(open, 'b')
    expect(open.map(({ returned }) => returned)).toEqual([
      undefined,
      '312 NO_ROUTE: no queue takes it from exchange t',
      undefined,
      undefined,
    ])
    giveBack(open, 'b')
    giveBack(open, 'b', 'x', 'other')
    giveBack(open, 'b', 'another')
    expect(open.map(({ returned }) => returned !== undefined)).toEqual([false, true, true, true])
  })
})

test.each([
  ['profile', 'the profile of app allows 1; shorten it, or raise limits.max_body_bytes'],
  ['URL', 'a broker that is given by a URL at most 1; shorten it, or give a profile with limits.max_body_bytes'],
] as const)('a body that is too large says what to change; the broker is given by a %s', (givenBy, advice) => {
  const envelope = encodeEnvelope({ topic: '', key: none, value: Buffer.alloc(2), headers: [] })
  const rules = { names: namesOf({}, (name) => name), endpoint: 'app', topologyId: 'app_v1', maxBodyBytes: 1, givenBy }
  expect(() =>
    prepare(
      envelope,
      rules,
      () => undefined,
      () => undefined,
    ),
  ).toThrow(`publish to the default exchange: the body has 2 bytes, ${advice}`)
})
