import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pythonWith } from '../../../../../tests/support/pypi.ts'
import { amqpBroker } from '../../support/broker.ts'
import { relayed } from '../relayed.ts'

const count = 5
const relay = join(import.meta.dirname, 'relay.py')
const broker = await amqpBroker()
const python = broker && pythonWith('celery==5.5.3')

describe.skipIf(python === undefined)('a worker of Celery', () => {
  test('takes tasks that were published again from a recording as it took the original ones', async () => {
    const celeryApp = {
      command: python ?? '',
      count,
      send: (url: string, exchange: string, key: string) => [relay, url, 'send', exchange, key, String(count)],
      listen: (url: string, queues: readonly string[]) => [relay, url, 'work', ...queues],
    }
    const { original, again } = await relayed(celeryApp, broker?.port ?? 0)
    expect(original).toHaveLength(count)
    expect(again).toEqual(original)
  })
})
