import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MessageList } from '../../../src/driver/producer/message-list.ts'
import type { WireMessage } from '../../../src/driver/wire/encode.ts'

type Messages = readonly object[]
interface TopicData {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly firstSequence: number
    readonly messages: Messages
  }[]
}

// What kafkajs itself makes of messages on their way to the wire.
const require = createRequire(import.meta.url)
const group = require('kafkajs/src/producer/groupMessagesPerPartition.js') as (options: {
  readonly topic: string
  readonly messages: Messages
  readonly partitionMetadata: readonly object[]
  readonly partitioner: (asked: { readonly message: WireMessage }) => number
}) => Record<string, WireMessage[]>
const request = require('kafkajs/src/protocol/requests/produce/v7/request.js') as (options: {
  readonly acks: number
  readonly timeout: number
  readonly producerId: string
  readonly producerEpoch: number
  readonly compression: number
  readonly topicData: readonly TopicData[]
}) => { encode(): Promise<{ readonly buffer: Buffer }> }

function messages(): WireMessage[] {
  return [2, 0, 2, 1, 2].map((nth) => ({
    key: Buffer.from(`k${nth}`),
    value: nth === 1 ? null : Buffer.from('v'),
    headers: [{ key: 'a', value: `${nth}` }],
    nth,
  }))
}

function grouped(list: Messages) {
  const asked: number[] = []
  const groups = group({
    topic: 't',
    messages: list,
    partitionMetadata: [{}],
    partitioner({ message }) {
      asked.push(message.nth)
      return (message.partition ??= message.nth)
    },
  })
  return { groups, asked }
}

async function bytes(groups: Record<string, Messages>, compression: number): Promise<string> {
  const partitions = Object.entries(groups).map(([partition, messages]) => {
    return { partition: Number(partition), firstSequence: 0, messages }
  })
  const topicData = [{ topic: 't', partitions }]
  const { buffer } = await request({
    acks: -1,
    timeout: 30_000,
    producerId: '7',
    producerEpoch: 0,
    compression,
    topicData,
  }).encode()
  return buffer.toString('hex')
}

describe('the messages of a request', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  test('are grouped by partition as kafkajs groups them', () => {
    const list = MessageList.from(messages()) as MessageList
    const { groups, asked } = grouped(list)
    expect(asked).toEqual([2, 0, 2, 1, 2])
    const nths = (all: Record<string, WireMessage[]>) =>
      Object.entries(all).map(([partition, members]) => [partition, Array.from(members, ({ nth }) => nth)])
    expect(nths(groups)).toEqual(nths(grouped(messages()).groups))
    // A second try: the topic may have fewer partitions by then.
    expect(grouped(list).asked).toEqual([2, 0, 2, 1, 2])
  })

  test.for([
    ['none', 0],
    ['gzip', 1],
  ] as const)(
    'make the request that kafkajs makes of its own, byte for byte, with compression %s',
    async ([, codec]) => {
      const own = messages().map((message) => {
        return { ...message, headers: Object.fromEntries(message.headers.map(({ key, value }) => [key, value])) }
      })
      const ours = await bytes(grouped(MessageList.from(messages()) as MessageList).groups, codec)
      expect(ours).toBe(await bytes(grouped(own).groups, codec))
      expect(ours.length).toBeGreaterThan(500)
    },
  )

  test('have the timestamps of their publisher, as kafkajs writes them', async () => {
    const timed = () =>
      messages().map((message, n) => ({ ...message, timestamp: 1_600_000_000_000 + ((n * 7) % 5) * 2 ** n * 900_000 }))
    const own = timed().map((message) => ({
      ...message,
      timestamp: String(message.timestamp),
      headers: Object.fromEntries(message.headers.map(({ key, value }) => [key, value])),
    }))
    const ours = await bytes(grouped(MessageList.from(timed()) as MessageList).groups, 0)
    expect(ours).toBe(await bytes(grouped(own).groups, 0))
    expect(ours).not.toBe(await bytes(grouped(MessageList.from(messages()) as MessageList).groups, 0))
  })
})
