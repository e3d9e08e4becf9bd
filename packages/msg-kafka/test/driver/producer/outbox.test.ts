import { describe, expect, test } from 'vitest'
import { setImmediate as turn } from 'node:timers/promises'
import { createOutbox, type OutboxOptions, type PendingPublish } from '../../../src/driver/producer/outbox.ts'

function publish(nth: number, over: Partial<PendingPublish> = {}): PendingPublish {
  return {
    topic: 't',
    message: { key: null, value: null, headers: [], nth },
    bytes: 10,
    signal: undefined,
    resolve: () => undefined,
    reject: () => undefined,
    ...over,
  }
}

/** An outbox whose requests stay under way until they are answered. */
function open(options: Partial<OutboxOptions> = {}) {
  const requests: number[][] = []
  const answers: (() => void)[] = []
  const outbox = createOutbox({
    lingerMs: 0,
    maxMessages: 3,
    maxBytes: 100,
    send(pending) {
      requests.push(pending.map(({ message }) => message.nth))
      const { promise, resolve } = Promise.withResolvers<void>()
      answers.push(resolve)
      return promise
    },
    ...options,
  })
  return { outbox, requests, answer: () => answers.shift()?.() }
}

describe('an outbox', () => {
  test('sends what one turn of the event loop brought in one request', async () => {
    const { outbox, requests } = open()
    outbox.add(publish(1))
    outbox.add(publish(2))
    expect(requests).toEqual([])
    await turn()
    expect(requests).toEqual([[1, 2]])
  })

  test('gathers while a request is under way, up to the most messages', async () => {
    const { outbox, requests, answer } = open()
    outbox.add(publish(1))
    await turn()
    for (const n of [2, 3, 4, 5, 6]) outbox.add(publish(n))
    await turn()
    expect(requests).toEqual([[1]])
    answer()
    await turn()
    expect(requests).toEqual([[1], [2, 3, 4]])
    answer()
    await turn()
    await turn()
    expect(requests).toEqual([[1], [2, 3, 4], [5, 6]])
  })

  test('lets those who were answered fill up the next request before it leaves', async () => {
    const { outbox, requests, answer } = open()
    for (const n of [1, 2, 3, 4]) outbox.add(publish(n))
    await turn()
    answer()
    await Promise.resolve()
    for (const n of [5, 6]) outbox.add(publish(n))
    await turn()
    await turn()
    expect(requests).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
  })

  test('bounds a request by bytes; a message above the bound travels alone', async () => {
    const { outbox, requests, answer } = open()
    outbox.add(publish(1, { bytes: 60 }))
    outbox.add(publish(2, { bytes: 40 }))
    outbox.add(publish(3, { bytes: 1 }))
    outbox.add(publish(4, { bytes: 500 }))
    outbox.add(publish(5, { bytes: 1 }))
    for (let n = 0; n < 8; n++) {
      await turn()
      answer()
    }
    await outbox.flush()
    expect(requests).toEqual([[1, 2], [3], [4], [5]])
  })

  test('with a linger waits for more, but not once a request is full', async () => {
    const { outbox, requests } = open({ lingerMs: 60_000 })
    outbox.add(publish(1))
    outbox.add(publish(2))
    await turn()
    expect(requests).toEqual([])
    outbox.add(publish(3))
    await turn()
    expect(requests).toEqual([[1, 2, 3]])
  })

  test('flush sends at once and resolves when everything is settled', async () => {
    const { outbox, requests, answer } = open({ lingerMs: 60_000 })
    outbox.add(publish(1))
    let flushed = false
    const flushing = outbox.flush().then(() => {
      flushed = true
    })
    await turn()
    expect(requests).toEqual([[1]])
    expect(flushed).toBe(false)
    answer()
    await flushing
    expect(flushed).toBe(true)
  })

  test('rejects what waits when its caller aborts, and nothing else', async () => {
    const { outbox, requests, answer } = open()
    const stop = new AbortController()
    const rejected: unknown[] = []
    const reject = (error: unknown): void => void rejected.push(error)
    outbox.add(publish(1, { signal: stop.signal, reject }))
    await turn()
    outbox.add(publish(2, { signal: stop.signal, reject }))
    outbox.add(publish(3))
    stop.abort()
    expect(rejected).toEqual([expect.objectContaining({ name: 'DriverError', code: 'aborted' })])
    answer()
    await turn()
    await turn()
    expect(requests).toEqual([[1], [3]])
  })
})
