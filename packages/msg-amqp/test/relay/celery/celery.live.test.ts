import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { amqpBroker } from '../../support/broker.ts'
import { relayed } from '../relayed.ts'

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

describe.skipIf(broker === undefined || !hasCelery())('a worker of Celery', () => {
  test('takes tasks that were published again from a recording as it took the original ones', async () => {
    const celeryApp = {
      command: python,
      count,
      send: (url: string, exchange: string, key: string) => [relay, url, 'send', exchange, key, String(count)],
      listen: (url: string, queues: readonly string[]) => [relay, url, 'work', ...queues],
    }
    const { original, again } = await relayed(celeryApp, broker?.port ?? 0)
    expect(original).toHaveLength(count)
    expect(again).toEqual(original)
  })
})
