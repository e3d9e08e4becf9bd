import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestNode, systemDeps } from '../../../apps/lab/src/brokers/index.ts'
import { at, complete, consumeAll, faultSeed, publishAll, runPipeline } from './support/pipeline.ts'
import { newRun } from './support/run.ts'

const count = 2_000
const breakingPoint = 100 + ((faultSeed * 397) % 1_700)

const folder = await mkdtemp(join(tmpdir(), 'msg-amqp-'))
const repo = join(import.meta.dirname, '../../..')
const started = await startTestNode('amqp', folder, systemDeps({ env: process.env, repo, progress: () => undefined }))
if ('missing' in started) console.log(`skipped: no RabbitMQ of its own to kill: ${started.missing}`)

afterAll(async () => {
  if ('node' in started) await started.node.stop()
  await rm(folder, { recursive: true, force: true })
})

describe.skipIf('missing' in started)('a broker killed with SIGKILL and started again costs nothing but time', () => {
  function killed(): { port: number; restart: (count: number) => void; restarted: () => Promise<void> | undefined } {
    if (!('node' in started)) throw new Error('there is no broker')
    const { node } = started
    let restarted: Promise<void> | undefined
    const restart = at(breakingPoint, () => {
      restarted = node.kill().then(() => node.restart())
    })
    return { port: node.port, restart, restarted: () => restarted }
  }

  test('while publishing', async () => {
    const { port, restart, restarted } = killed()
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    await publishAll(driver, count, { confirmed: restart })
    await restarted()
    expect((await consumeAll(driver, count)).byKey).toEqual(complete(count))
  })

  test('while consuming', async () => {
    const { port, restart, restarted } = killed()
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    const { byKey } = await runPipeline(driver, count, { delivered: restart })
    await restarted()
    expect(byKey).toEqual(complete(count))
  })
})
