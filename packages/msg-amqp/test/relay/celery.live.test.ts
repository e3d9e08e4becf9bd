import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { openAmqp } from '../../src/index.ts'
import { amqpBroker } from '../support/broker.ts'

const celery = '5.5.3'
const count = 5
const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab', `celery-${celery}`)
const python = join(folder, 'bin', 'python')
const relay = join(import.meta.dirname, 'relay.py')

/** Fetches Celery once; says why its test is skipped where that cannot be. */
function hasCelery(): boolean {
  const ready = join(folder, 'ready')
  if (existsSync(ready)) return true
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
    execFileSync(python, ['-m', 'pip', 'install', '-q', `celery==${celery}`], { stdio: 'ignore', timeout: 120_000 })
    writeFileSync(ready, '')
    return true
  } catch {
    console.log(`skipped: python3 cannot install celery ${celery} from PyPI`)
    return false
  }
}

const broker = await amqpBroker()

/** Takes every task, and gives their envelopes. */
async function take(driver: Driver): Promise<Uint8Array[]> {
  const envelopes: Uint8Array[] = []
  for await (const delivery of driver.deliveries()) {
    envelopes.push(delivery.envelope)
    await delivery.settle('ack')
    if (envelopes.length === count) break
  }
  return envelopes
}

describe.skipIf(broker === undefined || !hasCelery())('a worker of Celery', () => {
  test('takes tasks that were published again from a recording as it took the original ones', async () => {
    const id = randomUUID()
    const [exchange, original, recorded, again] = ['x', 'original', 'recorded', 'again'].map(
      (name) => `${name}.${id}`,
    ) as [string, string, string, string]
    const url = `amqp://guest:guest@127.0.0.1:${broker?.port ?? 0}`
    const root = mkdtempSync(join(tmpdir(), 'x07-celery-'))
    const topology = {
      exchanges: [{ name: exchange, type: 'direct' }],
      queues: [{ name: original }, { name: recorded }, { name: again }],
      bindings: [original, recorded].map((queue) => ({ exchange, queue, routingKey: 'tasks' })),
    }
    await using driver = await openAmqp({ url, topology })
    await driver.ensureTopology()
    const worker = spawn(python, [relay, url, 'work', original, again], { stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = once(worker, 'exit')
    try {
      execFileSync(python, [relay, url, 'send', exchange, 'tasks', String(count)])
      const options = { cassette: 'celery', root, ci: false }
      const live = (): Promise<Driver> => openAmqp({ url, topology, queues: [recorded] })
      await withVcr({ ...options, live }, take)
      const replayed = await withVcr({ ...options, live: () => Promise.reject(new Error('there is no broker')) }, take)
      for (const envelope of replayed) {
        const message = decodeEnvelope(envelope)
        await driver.publish(encodeEnvelope({ ...message, topic: '', key: Buffer.from(again) }))
      }
      const taken: Record<string, unknown[]> = { tasks: [], [again]: [] }
      let lines = 0
      for await (const line of createInterface({ input: worker.stdout })) {
        // Celery says more on its standard output.
        if (!line.startsWith('task ')) continue
        const [key, ...given] = JSON.parse(line.slice(5)) as [string, ...unknown[]]
        taken[key]?.push(given)
        if (++lines === 2 * count) break
      }
      expect(taken['tasks']).toHaveLength(count)
      expect(taken[again]).toEqual(taken['tasks'])
    } finally {
      worker.kill('SIGKILL')
      await ended
      await driver.removeTopology()
      rmSync(root, { recursive: true })
    }
  })
})
