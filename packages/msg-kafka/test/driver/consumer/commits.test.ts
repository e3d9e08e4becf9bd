import type { TopicPartitionOffset } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createCommits } from '../../../src/driver/consumer/commits.ts'
import { PartitionFeed, type Unacked } from '../../../src/driver/consumer/partition-feed.ts'

function open() {
  const feed = new PartitionFeed('t', 't.run1', 2, { offset: -1n })
  const told: TopicPartitionOffset[][] = []
  const failures: unknown[] = []
  let answer: () => Promise<void> = () => Promise.resolve()
  const commits = createCommits({
    feeds: () => [feed],
    commit(offsets) {
      told.push(offsets)
      return answer()
    },
    onFailure: (error) => void failures.push(error),
  })
  let next = 0n
  const settleOne = (): void => {
    const message = { key: null, value: null, headers: {}, offset: String(next), timestamp: '0', attributes: 0 }
    const unacked: Unacked = {
      feed,
      message,
      offset: next++,
      highWatermark: '9999',
      end: 9_999n,
      settled: false,
      redelivered: false,
    }
    feed.handedOut(unacked)
    if (feed.acked(unacked)) commits.note()
  }
  return {
    feed,
    commits,
    failures,
    settleOne,
    offsets: () =>
      told.map((offsets) => offsets.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`)),
    answerWith: (next: () => Promise<void>) => {
      answer = next
    },
  }
}

describe('commits', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  test('are told half a second after the first settled message, once for all', async () => {
    const { settleOne, offsets, feed } = open()
    settleOne()
    settleOne()
    await vi.advanceTimersByTimeAsync(499)
    expect(offsets()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(offsets()).toEqual([['t.run1/2@2']])
    expect(feed.committed).toBe('2')
  })

  test('are told after a thousand settled messages, whatever the time', () => {
    const { settleOne, offsets } = open()
    for (let n = 0; n < 999; n++) settleOne()
    expect(offsets()).toEqual([])
    settleOne()
    expect(offsets()).toEqual([['t.run1/2@1000']])
  })

  test('that fail are told again with what was settled meanwhile', async () => {
    const { settleOne, offsets, failures, commits, answerWith } = open()
    answerWith(() => Promise.reject(new Error('rebalancing')))
    settleOne()
    await commits.flush()
    expect(failures).toEqual([new Error('rebalancing')])
    answerWith(() => Promise.resolve())
    settleOne()
    await vi.advanceTimersByTimeAsync(500)
    expect(offsets()).toEqual([['t.run1/2@1'], ['t.run1/2@2']])
  })

  test('leave with a flush in the same turn, and not when there is nothing to tell', async () => {
    const { settleOne, offsets, commits } = open()
    await commits.flush()
    expect(offsets()).toEqual([])
    settleOne()
    const flushed = commits.flush()
    expect(offsets()).toEqual([['t.run1/2@1']])
    await flushed
    await commits.flush()
    expect(offsets().length).toBe(1)
  })

  test('end with stop', async () => {
    const { settleOne, offsets, commits } = open()
    settleOne()
    commits.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(offsets()).toEqual([])
  })
})
