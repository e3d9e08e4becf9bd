import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { apiKeys, encodeBody, encodeRequest, encodeResponse } from '../../src/protocol/index.ts'
import { kafkaProtocol } from '../../src/socket/index.ts'
import { openSink, playToClient } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-queued-'))
afterAll(() => rmSync(folder, { recursive: true }))
const endpoint = { host: '127.0.0.1', port: 9092, tls: false }
const asked = { apiKey: apiKeys.Produce, version: 7, clientId: 'app' }
const request = (nth: number): Buffer => {
  const topicData = [{ name: 'orders', partitionData: [{ index: nth, records: null }] }]
  const fields = { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData }
  return encodeRequest({ ...asked, correlationId: nth }, encodeBody(apiKeys.Produce, 7, 'request', fields))
}
const answer = (nth: number): Buffer => encodeResponse({ ...asked, correlationId: nth }, Buffer.from([0, 0, 0, 0]))

/** Records three calls, each behind the answer to the one before; from a queue or because the program waited. */
function record(name: string, isQueued: boolean): string {
  const path = join(folder, name)
  const sink = openSink(path)
  const connection = kafkaProtocol.recorder(sink).connection(endpoint)
  for (const nth of [1, 2, 3]) {
    connection.fromClient(request(nth), isQueued && nth > 1)
    connection.fromBroker(answer(nth))
  }
  sink.close()
  return path
}

const play = (path: string, order: readonly number[]): string[] => playToClient(path, order.map(request))

test('calls that a client had in its queue may come in another order', () => {
  const path = record('queued.rrbin', true)
  expect(play(path, [1, 2, 3])).toEqual([])
  expect(play(path, [3, 1, 2])).toEqual([])
  expect(play(path, [2, 3, 1])).toEqual([])
})

test('calls that a program awaited one by one may not', () => {
  const path = record('awaited.rrbin', false)
  expect(play(path, [1, 2, 3])).toEqual([])
  expect(play(path, [1, 3, 2])).toEqual([expect.stringContaining('which was answered before it was made')])
})

test('one call more between others is told as one more in the end, though it took the place of another', () => {
  const kinds: unknown[] = []
  const told = playToClient(record('more.rrbin', false), [1, 9, 2, 3].map(request), ({ divergences }) =>
    kinds.push(...divergences.map(({ kind, text }) => [kind, text])),
  )
  expect(told).toEqual([expect.stringMatching(/this call differs from entry \d+/)])
  expect(kinds).toEqual([['extra', expect.stringMatching(/a call that was not recorded, before entry \d+/)]])
})

test('a changed call stays a changed one', () => {
  const kinds: unknown[] = []
  playToClient(record('changed.rrbin', false), [1, 9, 3].map(request), ({ divergences }) =>
    kinds.push(...divergences.map(({ kind }) => kind)),
  )
  expect(kinds).toEqual(['changed'])
})
