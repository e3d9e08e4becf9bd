import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repairKafkajs } from '../../../src/driver/client/kafkajs-repair.ts'

const require = createRequire(import.meta.url)

let undo: () => void
beforeAll(() => {
  undo = repairKafkajs()
})
afterAll(() => undo())

describe('the repair of kafkajs', () => {
  test('starts no timer for requests that do not wait, and one for those that do', () => {
    const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
      readonly prototype: { scheduleCheckPendingRequests(this: object): void }
    }
    const idle = { pending: [], throttledUntil: -1, throttleCheckTimeoutId: null }
    prototype.scheduleCheckPendingRequests.call(idle)
    expect(idle.throttleCheckTimeoutId).toBe(null)
    const waiting = { ...idle, pending: [{}] }
    prototype.scheduleCheckPendingRequests.call(waiting)
    expect(waiting.throttleCheckTimeoutId).not.toBe(null)
    clearTimeout(waiting.throttleCheckTimeoutId ?? undefined)
  })

  test('waits no longer than brokers throttle, whatever a damaged answer says', () => {
    const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as {
      readonly prototype: { maybeThrottle(this: object, ms: number | undefined): void }
    }
    const throttled = (ms: number | undefined): number => {
      const queue = { throttledUntil: -1, logger: { debug: () => undefined }, createTimer: () => undefined }
      prototype.maybeThrottle.call(queue, ms)
      return queue.throttledUntil - Date.now()
    }
    expect(throttled(0x7f7f_7f7f)).toBeLessThanOrEqual(15_000)
    expect(throttled(0x7f7f_7f7f)).toBeGreaterThan(10_000)
    expect(throttled(2_000)).toBeGreaterThan(0)
    expect(throttled(undefined)).toBeLessThan(0)
  })

  test('begins a connection without what the one before left of an answer', async () => {
    const { prototype } = require('kafkajs/src/network/connection.js') as {
      readonly prototype: { connect(this: object): Promise<unknown> }
    }
    const broken = {
      chunks: [Buffer.of(0, 0, 1)],
      bytesBuffered: 3,
      bytesNeeded: 1_000,
      isConnected: () => false,
      logDebug: () => undefined,
      socketFactory: () => {
        throw new Error('no socket')
      },
    }
    await expect(prototype.connect.call(broken)).rejects.toThrow('no socket')
    expect(broken).toMatchObject({ chunks: [], bytesBuffered: 0, bytesNeeded: 4 })
  })

  test.for([
    ['a size beyond any', 0x7fff_ffff],
    ['a negative size', -1],
    ['a size without a correlation id', 3],
  ] as const)('ends a connection over %s', ([, size]) => {
    const { prototype } = require('kafkajs/src/network/connection.js') as {
      readonly prototype: { processData(this: object, bytes: Buffer): void }
    }
    const ended: unknown[] = []
    const connection = {
      chunks: [],
      bytesBuffered: 0,
      bytesNeeded: 4,
      authHandlers: null,
      socket: { destroy: (error: Error) => ended.push(error.message) },
    }
    const answer = Buffer.alloc(12)
    answer.writeInt32BE(size)
    prototype.processData.call(connection, answer)
    expect(ended).toEqual([
      `read an answer: its size is ${size}, expected 4 to 268435456; bytes were lost or changed on the way`,
    ])
  })

  test('gives each answer to its request, however the bytes come', () => {
    const { prototype } = require('kafkajs/src/network/connection.js') as {
      readonly prototype: { processData(this: object, bytes: Buffer): void }
    }
    const answers: unknown[] = []
    const connection = {
      chunks: [],
      bytesBuffered: 0,
      bytesNeeded: 4,
      authHandlers: null,
      requestQueue: {
        fulfillRequest: ({ correlationId, payload }: { correlationId: number; payload: Buffer }) =>
          answers.push([correlationId, String(payload)]),
      },
    }
    const bytes = Buffer.from('0000000500000001610000000400000002000000060000000362630000', 'hex')
    for (const byte of bytes.subarray(0, 20)) prototype.processData.call(connection, Buffer.of(byte))
    prototype.processData.call(connection, bytes.subarray(20))
    expect(answers).toEqual([
      [1, 'a'],
      [2, ''],
      [3, 'bc'],
    ])
  })

  test('ends with the last driver', () => {
    const queue = (require('kafkajs/src/network/requestQueue/index.js') as { prototype: Record<string, unknown> })
      .prototype
    const { prototype: broker } = require('kafkajs/src/broker/index.js') as { readonly prototype: { produce: unknown } }
    const repaired = queue['scheduleCheckPendingRequests']
    const { produce } = broker
    const undoSecond = repairKafkajs()
    undo()
    undo()
    expect(queue['scheduleCheckPendingRequests']).toBe(repaired)
    undoSecond()
    expect(queue['scheduleCheckPendingRequests']).not.toBe(repaired)
    expect(broker.produce).not.toBe(produce)
    undo = repairKafkajs()
  })
})
