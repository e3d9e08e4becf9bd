import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { amqpBroker } from '../support/broker.ts'

const broker = await amqpBroker()

describe.skipIf(broker?.port !== 5672)('the program in the README', () => {
  test('prints what it says', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'example.ts')])
    expect([stdout, stderr]).toEqual([
      "{ status: 'confirmed', answer: { exchange: 'orders' } }\ncustomer-7: {\"amount\":3}\n",
      '',
    ])
  })
})
