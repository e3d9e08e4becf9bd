import type { KafkaMessage } from 'kafkajs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repairKafkajs } from '../../../src/driver/client/kafkajs-repair.ts'
import { encodeRecords } from '../../../src/driver/wire/records.ts'

const require = createRequire(import.meta.url)
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  batch: object,
) => KafkaMessage
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => { readVarInt(): number }

let undo: () => void
beforeAll(() => {
  undo = repairKafkajs()
})
afterAll(() => undo())

describe('the repair of kafkajs', () => {
  test('leaves the headers object as other users of kafkajs know it', () => {
    const headers = ['a1', 'b3', 'a2'].map(([key = '', value = '']) => ({ key, value }))
    const decoder = new Decoder(encodeRecords([{ key: null, value: null, headers, nth: 0 }]))
    decoder.readVarInt()
    const read = decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0' })
    expect(read.headers).toEqual({ a: [Buffer.from('1'), Buffer.from('2')], b: Buffer.from('3') })
  })

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

  test('ends with the last driver', () => {
    const queue = (require('kafkajs/src/network/requestQueue/index.js') as { prototype: Record<string, unknown> })
      .prototype
    const repaired = queue['scheduleCheckPendingRequests']
    const undoSecond = repairKafkajs()
    undo()
    undo()
    expect(queue['scheduleCheckPendingRequests']).toBe(repaired)
    undoSecond()
    expect(queue['scheduleCheckPendingRequests']).not.toBe(repaired)
    undo = repairKafkajs()
  })
})
