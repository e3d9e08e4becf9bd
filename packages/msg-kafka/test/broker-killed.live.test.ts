import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { startTestNode, systemDeps } from '../../../apps/lab/src/brokers/index.ts'
import type { KafkaDriver } from '../src/index.ts'
import { dispose, openLive, profile } from './live-broker.ts'
import { consumeAll, ids, openLedger, publishAll } from './survival.ts'

const messages = 2_000
const padding = 3_000

/** Another seed kills the broker at another message. */
const seed = Number(process.env['X07_LAB_FAULT_SEED'] ?? 0)
const breakingPoint = 100 + ((seed * 397) % 1_700)

const folder = await mkdtemp(join(tmpdir(), 'msg-kafka-'))
const started = await startTestNode(
  'kafka',
  folder,
  systemDeps({ env: process.env, repo: join(import.meta.dirname, '../../..'), progress: () => undefined }),
)
if ('missing' in started) console.log(`skipped: no Kafka of its own to kill: ${started.missing}`)

afterAll(async () => {
  if ('node' in started) await started.node.stop()
  await rm(folder, { recursive: true, force: true })
})

describe.skipIf('missing' in started)('a broker killed with SIGKILL and started again costs nothing but time', () => {
  let driver: KafkaDriver

  afterEach(() => dispose(driver))

  async function open() {
    if (!('node' in started)) throw new Error('there is no broker')
    const { node } = started
    const bootstrap = [`${node.host}:${node.port}`]
    driver = await openLive({ profile: { ...profile, bootstrap }, heartbeatMs: 500, requestTimeoutMs: 3_000 })
    let restarted: Promise<void> | undefined
    return {
      driver,
      /** Kills the broker and starts it again, once, without waiting for either. */
      restart: (): void => {
        restarted ??= node.kill().then(() => node.restart())
      },
      restarted: () => restarted,
    }
  }

  test('while publishing', async () => {
    const { driver, restart, restarted } = await open()
    const ledger = openLedger(messages)
    const onConfirmed = (count: number): void => {
      if (count >= breakingPoint) restart()
    }
    expect(await publishAll(driver, { messages, onConfirmed })).toBe(messages)
    await restarted()
    await consumeAll(driver, ledger)
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
  })

  test('while consuming', async () => {
    const { driver, restart, restarted } = await open()
    const ledger = openLedger(messages)
    await publishAll(driver, { messages, padding })
    await consumeAll(driver, ledger, (count) => {
      if (count === breakingPoint) restart()
      return 'ack'
    })
    await restarted()
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
  })

  test('while both are under way', async () => {
    const { driver, restart, restarted } = await open()
    const ledger = openLedger(messages)
    const published = publishAll(driver, { messages, padding })
    await consumeAll(driver, ledger, (count) => {
      if (count === breakingPoint) restart()
      return 'ack'
    })
    expect(await published).toBe(messages)
    await restarted()
    expect(ledger.received()).toEqual(ids(messages))
    expect([...ledger.outOfOrder]).toEqual([])
  })
})
