import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '@x07-lab/msg-core/testing'
import { recordedAndReplayed } from '../../../../tests/support/recorded.ts'
import type { KafkaDriver, KafkaOptions } from '../../src/index.ts'
import { dispose, isLive, livePort, openLive } from './live-broker.ts'
import { consumeAll, ids, openLedger, outcomeOf, publishAll } from './survival.ts'

const messages = 2_000
/** Makes the messages of a partition more than one fetch brings. */
const padding = 3_000
/** Another seed breaks the run at another message. */
const seed = Number(process.env['X07_LAB_FAULT_SEED'] ?? 0)
const breakingPoint = 100 + ((seed * 397) % 1_700)
/** Bytes that only an answer with messages brings at once. */
const large = 16_384
/** Connections of a run without a fault: opening, topics, producing, consuming, fetching. */
const undisturbed = 5

describe.skipIf(!(await isLive()))('a fault between the driver and Apache Kafka costs nothing but time', () => {
  let proxy: TcpProxy
  let driver: KafkaDriver

  beforeEach(async () => {
    proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: livePort } })
  })

  afterEach(async () => {
    proxy.accept()
    proxy.resume('toClient')
    proxy.resume('toTarget')
    await dispose(driver)
    await proxy.close()
  })

  async function open(options: Partial<KafkaOptions> = {}): Promise<KafkaDriver> {
    return openLive({
      dialAt: () => ({ host: '127.0.0.1', port: proxy.port }),
      requestTimeoutMs: 1_500,
      heartbeatMs: 500,
      ...options,
    })
  }

  type Fault = (at: { readonly proxy: TcpProxy }) => void

  const reset: Fault = ({ proxy }) => proxy.cut()
  const halfOpen: Fault = ({ proxy }) => proxy.halfOpen()
  /** Swallows the next answer of the broker and resets its connection. */
  const loseAnswer: Fault = ({ proxy }) =>
    proxy.onChunk('toClient', () => {
      proxy.onChunk('toClient', undefined)
      return 'cut'
    })
  const stall =
    (direction: 'toClient' | 'toTarget', ms: number): Fault =>
    ({ proxy }) => {
      proxy.stall(direction)
      setTimeout(() => proxy.resume(direction), ms)
    }
  const refuse: Fault = ({ proxy }) => {
    proxy.refuse()
    proxy.cut()
    setTimeout(() => proxy.accept(), 1_500)
  }

  /** With the connections that each makes needed, at least. */
  const faults: readonly (readonly [title: string, fault: Fault, connections: number])[] = [
    ['connections reset', reset, undisturbed + 1],
    ['an answer lost', loseAnswer, undisturbed + 1],
    ['half-open connections', halfOpen, undisturbed + 1],
    ['a stall longer than the heartbeat', stall('toClient', 1_200), undisturbed],
    ['a stall longer than the session', stall('toTarget', 7_000), undisturbed + 1],
    ['a broker that refuses connections for a while', refuse, undisturbed + 1],
  ]

  /** Changes one whole answer of the broker, the first that fits, on its way: u32 size | i32 correlation id | body. */
  const corrupted =
    (change: (answer: Buffer) => void, least = 8): Fault =>
    ({ proxy }) =>
      proxy.onChunk('toClient', (chunk) => {
        const answer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        if (answer.length < least || answer.readUInt32BE(0) + 4 !== answer.length) return 'forward'
        proxy.onChunk('toClient', undefined)
        change(answer)
        return 'forward'
      })
  /** Changes what the driver asks. */
  const corruptedRequest =
    (change: (request: Buffer) => void): Fault =>
    ({ proxy }) =>
      proxy.onChunk('toTarget', (chunk) => {
        proxy.onChunk('toTarget', undefined)
        change(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
        return 'forward'
      })
  const corruptions: typeof faults = [
    ['a size seven too large', corrupted((answer) => answer.writeUInt32BE(answer.length + 3)), undisturbed + 1],
    ['a size seven too small', corrupted((answer) => answer.writeUInt32BE(answer.length - 11), 32), undisturbed + 1],
    ['a size beyond any answer', corrupted((answer) => answer.writeUInt32BE(0x7fff_ffff)), undisturbed + 1],
    ['a negative size', corrupted((answer) => answer.writeInt32BE(-1)), undisturbed + 1],
    ['the correlation id of no request', corrupted((answer) => answer.writeInt32BE(1_000_000, 4)), undisturbed],
    ['a body of other bytes', corrupted((answer) => answer.fill(0x7f, 8)), undisturbed],
    ['a request of no API', corruptedRequest((request) => request.writeInt16BE(999, 4)), undisturbed + 1],
    [
      'a request with a size beyond any',
      corruptedRequest((request) => request.writeUInt32BE(0x7fff_ffff)),
      undisturbed + 1,
    ],
  ]
  /** Without a seed each corruption strikes once, in one half of them while publishing, in the other while consuming. */
  const some = (half: 0 | 1): typeof faults => (seed > 0 ? corruptions : corruptions.filter((_, n) => n % 2 === half))
  const changedRecord: Fault = corrupted((answer) => answer.fill('y', answer.length - 100, answer.length - 90), large)

  /** Where all messages were there before the fault struck, it strikes a heartbeat. */
  async function expectConnections(least: number): Promise<void> {
    await expect.poll(() => proxy.accepted, { timeout: 10_000 }).toBeGreaterThanOrEqual(least)
  }

  test.for([...faults, ...some(0)])('while publishing: %s', async ([, fault, connections]) => {
    driver = await open()
    const onConfirmed = (count: number): void => {
      if (count === breakingPoint) fault({ proxy })
    }
    const { live, replayed } = await recordedAndReplayed(driver, async (driver) => {
      const ledger = openLedger(messages)
      expect(await publishAll(driver, { messages, onConfirmed })).toBe(messages)
      await consumeAll(driver, ledger)
      return outcomeOf(ledger)
    })
    // The producer is idempotent: a request sent twice is written once.
    expect(live).toEqual({ received: ids(messages), outOfOrder: [], changed: [], duplicates: 0 })
    expect(replayed).toEqual(live)
    await expectConnections(connections)
  })

  test.for([...faults, ...some(1), ['a record of other bytes', changedRecord, undisturbed]] as const)(
    'while consuming: %s',
    async ([, fault, connections]) => {
      driver = await open()
      await publishAll(driver, { messages, padding })
      const { live, replayed } = await recordedAndReplayed(driver, async (driver) => {
        const ledger = openLedger(messages, padding)
        await consumeAll(driver, ledger, (count) => {
          if (count === breakingPoint) fault({ proxy })
          return 'ack'
        })
        return outcomeOf(ledger)
      })
      expect(live).toMatchObject({ received: ids(messages), outOfOrder: [], changed: [] })
      expect(replayed).toEqual(live)
      await expectConnections(connections)
    },
  )

  test('an answer that stops in the middle is no part of the next one', async () => {
    // Patience for a lost answer, not for several.
    driver = await open({ retry: { giveUpAfterMs: 4_000 } })
    const ledger = openLedger(messages)
    await publishAll(driver, { messages, padding })
    let stopped: number | undefined
    proxy.onChunk('toClient', (chunk, { connection }) => {
      if (stopped === undefined && chunk.length >= large) stopped = connection
      else if (stopped === connection) {
        proxy.onChunk('toClient', undefined)
        return 'halfOpen'
      }
      return 'forward'
    })
    await consumeAll(driver, ledger)
    expect(stopped).toBeDefined()
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
  })

  test('a handler that rejects every tenth message gets it again, in its place', async () => {
    driver = await open()
    const ledger = openLedger(messages)
    await publishAll(driver, { messages })
    await consumeAll(driver, ledger, (count) => (count % 10 === 0 ? 'reject' : 'ack'))
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
    expect(ledger.duplicates).toBe(0)
  })

  test('a fault that outlasts the retries is one clear error', async () => {
    driver = await open({ retry: { giveUpAfterMs: 1_000 } })
    const onConfirmed = (count: number): void => {
      if (count !== 500) return
      proxy.refuse()
      proxy.cut()
    }
    await expect(publishAll(driver, { messages, onConfirmed })).rejects.toMatchObject({
      name: 'DriverError',
      code: 'connection_lost',
      message: expect.stringMatching(
        /^publish to kafka_test_v1: .+; tried for \d+ s; start the broker or check its address, or raise retry.giveUpAfterMs$/,
      ),
    })
    proxy.accept()
  })

  test('deliveries end with one clear error when the broker stays away, and go on when it is back', async () => {
    driver = await open({ retry: { giveUpAfterMs: 1_000 } })
    const ledger = openLedger(2)
    await publishAll(driver, { messages: 1 })
    await expect(
      consumeAll(driver, ledger, () => {
        proxy.refuse()
        proxy.cut()
        return 'ack'
      }),
    ).rejects.toMatchObject({
      name: 'DriverError',
      code: 'connection_lost',
      message: expect.stringMatching(/^consume from kafka_test_v1: .+; tried for \d+ s; start the broker/),
    })
    proxy.accept()
    const going = consumeAll(driver, ledger)
    await publishAll(driver, { messages: 2 })
    await going
    expect(ledger.received()).toEqual(ids(2))
  })
})
