import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { startTcpProxy } from '@x07-lab/msg-core/testing'
import { openAmqp, type AmqpDriver } from '../../src/index.ts'
import { at, complete, runPipeline } from '../support/pipeline.ts'
import { qpidClassPath, startQpid } from './qpid.ts'

const topology = {
  exchanges: [{ name: 'lab.events', type: 'topic' }],
  queues: [{ name: 'lab.events' }],
  bindings: [{ exchange: 'lab.events', queue: 'lab.events', routingKey: '#' }],
}

/** Publishes five messages with typed headers, rejects the second once, and says what came. */
async function program(driver: Driver): Promise<unknown[]> {
  await driver.ensureTopology()
  for (let n = 0; n < 5; n++) {
    const headers = [
      ['n', String(n)],
      ['size', { type: 'int64', value: '9007199254740993' }],
    ] as const
    const message = { topic: 'lab.events', key: Buffer.from('k'), value: Buffer.from(String(n)), headers }
    expect(await driver.publish(encodeEnvelope(message))).toMatchObject({ status: 'confirmed' })
  }
  const seen: unknown[] = []
  for await (const delivery of driver.deliveries()) {
    const { value, headers } = decodeEnvelope(delivery.envelope)
    const again = delivery.metadata['redelivered'] === true
    seen.push([String(value), again, headers])
    await delivery.settle(String(value) === '1' && !again ? 'reject' : 'ack')
    if (String(value) === '4') break
  }
  return seen
}

const classPath = qpidClassPath()

describe.skipIf(classPath === undefined)('on Qpid Broker-J', () => {
  test('a program is recorded and replayed, faults are survived in order, and the broker goes by its name', async () => {
    await using broker = await startQpid(classPath ?? '')
    const root = mkdtempSync(join(tmpdir(), 'x07-qpid-'))
    const options = { cassette: 'qpid', root, ci: false }
    let live: AmqpDriver | undefined
    const was = await withVcr(
      { ...options, live: async () => (live = await openAmqp({ url: broker.url, topology })) },
      program,
    )
    expect([live?.brokerName, live?.brokerVersion]).toEqual(['Apache Qpid Broker-J Core', '9.2.1'])
    expect(was).toHaveLength(6)
    const replay = { ...options, live: () => Promise.reject(new Error('there is no broker')) }
    expect(await withVcr(replay, program)).toEqual(was)
    rmSync(root, { recursive: true })

    await using proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: broker.port } })
    const url = `amqp://guest:guest@127.0.0.1:${proxy.port}`
    await using driver = await openAmqp({ url, topology, retry: { firstDelayMs: 10 } })
    const { byKey } = await runPipeline(driver, 500, { delivered: at(100, () => proxy.cut()) })
    expect(byKey).toEqual(complete(500))
    expect(await driver.remaining()).not.toBe('something')
  })
})
