import type { ProducerBatch, RecordMetadata, TopicMessages } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import type { PendingPublish } from '../../../src/driver/producer/outbox.ts'
import { createSender } from '../../../src/driver/producer/sender.ts'

type Step = (topics: readonly TopicMessages[]) => RecordMetadata[]

/** A producer that answers requests one after the other, each as it is told. */
function open(steps: Step[]) {
  const requests: string[] = []
  const mended: string[] = []
  const clock = { ms: 0 }
  const send = createSender(
    {
      endpoint: 'kafka_v1',
      acks: 'all',
      notFoundAfterMs: 5_000,
      compression: 'none',
      giveUpAfterMs: 100,
      firstDelayMs: 0,
      maxDelayMs: 0,
      now: () => clock.ms,
      random: () => 0,
      log: undefined,
    },
    {
      get: () =>
        Promise.resolve({
          async sendBatch({ acks, topicMessages = [] }: ProducerBatch) {
            requests.push(`acks ${acks}: ${topicMessages.map(show).join(', ')}`)
            const step = steps.shift()
            if (step === undefined) throw new Error('one request too many')
            return step(topicMessages)
          },
        }),
      reconnect: async () => void mended.push('reconnect'),
      renew: async () => void mended.push('renew'),
    },
  )
  return { send, requests, mended, clock }
}

function show({ topic, messages }: TopicMessages): string {
  return `${topic}[${messages.map(({ value }) => String(value)).join(' ')}]`
}

function post(list: readonly (readonly [topic: string, partition: number])[]) {
  const settled: unknown[] = []
  const pending = list.map(([topic, partition], n): PendingPublish => {
    const note = (outcome: unknown): void => {
      settled[n] = outcome
    }
    return {
      topic,
      message: { key: null, value: Buffer.from(String(n)), headers: [], nth: 0, partition },
      bytes: 1,
      signal: undefined,
      resolve: note,
      reject: note,
    }
  })
  return { pending, settled }
}

const answer = (...rows: readonly (readonly [topic: string, partition: number, baseOffset: string])[]): Step => {
  return () => rows.map(([topicName, partition, baseOffset]) => ({ topicName, partition, baseOffset, errorCode: 0 }))
}
const fail =
  (type: string): Step =>
  () => {
    throw Object.assign(new Error(`it is ${type}`), { name: 'KafkaJSProtocolError', type })
  }
const confirmed = (partition: number, offset: string | null) => ({ status: 'confirmed', answer: { offset, partition } })

describe('a sender', () => {
  test('waits for what is under way to other brokers before it begins anew', async () => {
    const { send, requests, mended } = open([fail('MESSAGE_TOO_LARGE')])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 1],
    ])
    const other = Promise.withResolvers<void>()
    const { message } = pending[1]!
    message.underWay = other.promise
    const sending = send(pending)
    await Promise.resolve()
    message.answered = '5'
    expect(mended).toEqual([])
    other.resolve()
    await sending
    // What is left of the request is the one message at fault.
    expect([requests, mended]).toEqual([['acks -1: a[0 1]'], ['renew']])
    expect(settled).toEqual([expect.objectContaining({ code: 'too_large' }), confirmed(1, '5')])
  })

  test('confirms what one broker has answered when another one fails, and sends only the rest again', async () => {
    const { send, requests } = open([fail('REQUEST_TIMED_OUT'), fail('NETWORK_EXCEPTION'), answer(['a', 1, '3'])])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 1],
      ['a', 0],
    ])
    pending[0]!.message.answered = '7'
    await send(pending)
    expect(requests).toEqual(['acks -1: a[0 1 2]', 'acks -1: a[1]', 'acks -1: a[1]'])
    expect(settled).toEqual([confirmed(0, '7'), confirmed(1, '3'), confirmed(0, '8')])
  })

  test('sends several topics in one request and answers each message with its offset', async () => {
    const { send, requests } = open([answer(['a', 0, '9007199254740993'], ['b', 1, '5'], ['a', 2, '0'])])
    const { pending, settled } = post([
      ['a', 0],
      ['b', 1],
      ['a', 2],
      ['a', 0],
      ['b', 1],
    ])
    await send(pending)
    expect(requests).toEqual(['acks -1: a[0 2 3], b[1 4]'])
    expect(settled).toEqual([
      confirmed(0, '9007199254740993'),
      confirmed(1, '5'),
      confirmed(2, '0'),
      confirmed(0, '9007199254740994'),
      confirmed(1, '6'),
    ])
  })

  test('confirms without an offset what the broker has had before and no longer knows where', async () => {
    const { send } = open([answer(['a', 0, '-1'])])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 0],
    ])
    await send(pending)
    expect(settled).toEqual([confirmed(0, null), confirmed(0, null)])
  })

  test('sends the same request again after a failure, over a new connection where the old one is lost', async () => {
    const { send, requests, mended } = open([
      fail('NOT_LEADER_FOR_PARTITION'),
      fail('NETWORK_EXCEPTION'),
      answer(['a', 0, '0']),
    ])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 0],
    ])
    await send(pending)
    expect(requests).toEqual(['acks -1: a[0 1]', 'acks -1: a[0 1]', 'acks -1: a[0 1]'])
    expect(mended).toEqual(['reconnect'])
    expect(settled).toEqual([confirmed(0, '0'), confirmed(0, '1')])
  })

  test('starts as a new producer when the broker has forgotten the old one', async () => {
    const { send, mended } = open([fail('UNKNOWN_PRODUCER_ID'), answer(['a', 0, '0'])])
    const { pending, settled } = post([['a', 0]])
    await send(pending)
    expect(mended).toEqual(['renew'])
    expect(settled).toEqual([confirmed(0, '0')])
  })

  test('sends again, alone, the partitions that an answer forgot', async () => {
    const { send, requests } = open([answer(['a', 0, '0']), answer(['a', 1, '7'])])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 1],
      ['a', 0],
      ['a', 1],
    ])
    await send(pending)
    expect(requests).toEqual(['acks -1: a[0 1 2 3]', 'acks -1: a[1 3]'])
    expect(settled).toEqual([confirmed(0, '0'), confirmed(1, '7'), confirmed(0, '1'), confirmed(1, '8')])
  })

  test('splits a request that is too large until the message at fault is alone', async () => {
    const tooLarge = fail('MESSAGE_TOO_LARGE')
    const { send, requests } = open([tooLarge, answer(['a', 0, '0']), tooLarge, tooLarge, answer(['a', 0, '2'])])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 0],
      ['a', 0],
      ['a', 0],
    ])
    await send(pending)
    expect(requests).toEqual([
      'acks -1: a[0 1 2 3]',
      'acks -1: a[0 1]',
      'acks -1: a[2 3]',
      'acks -1: a[2]',
      'acks -1: a[3]',
    ])
    expect(settled).toEqual([
      confirmed(0, '0'),
      confirmed(0, '1'),
      expect.objectContaining({
        code: 'too_large',
        message:
          'publish to kafka_v1: it is MESSAGE_TOO_LARGE; shorten the message, or raise max.message.bytes of the topic',
      }),
      confirmed(0, '2'),
    ])
  })

  test('answers refused, with the reason, for a message that the broker does not take', async () => {
    const { send } = open([fail('INVALID_RECORD'), answer(['a', 0, '0']), fail('INVALID_RECORD')])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 0],
    ])
    await send(pending)
    expect(settled).toEqual([confirmed(0, '0'), { status: 'refused', reason: 'INVALID_RECORD' }])
  })

  test('answers refused when there are too few replicas until retries are used up', async () => {
    const { send, requests, clock } = open([
      fail('NOT_ENOUGH_REPLICAS'),
      (topics) => {
        clock.ms = 100
        return fail('NOT_ENOUGH_REPLICAS')(topics)
      },
    ])
    const { pending, settled } = post([['a', 0]])
    await send(pending)
    expect(requests.length).toBe(2)
    expect(settled).toEqual([{ status: 'refused', reason: 'NOT_ENOUGH_REPLICAS' }])
  })

  test('gives up with one error for all, and goes on as a new producer: the broker may have them', async () => {
    const { send, mended, clock } = open([
      (topics) => {
        clock.ms = 61_000
        return fail('NETWORK_EXCEPTION')(topics)
      },
    ])
    const { pending, settled } = post([
      ['a', 0],
      ['a', 1],
    ])
    await send(pending)
    expect(mended).toEqual(['renew'])
    expect(settled[0]).toMatchObject({ code: 'connection_lost', retryable: true })
    expect(settled[1]).toBe(settled[0])
  })

  test('does not try again what cannot succeed', async () => {
    const { send, requests } = open([fail('TOPIC_AUTHORIZATION_FAILED')])
    const { pending, settled } = post([['a', 0]])
    await send(pending)
    expect(requests.length).toBe(1)
    expect(settled[0]).toMatchObject({
      code: 'access_denied',
      message:
        'publish to kafka_v1: it is TOPIC_AUTHORIZATION_FAILED; allow this user the topics and the group on the broker',
    })
  })
})
