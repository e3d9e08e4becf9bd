import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReader } from '@x07-lab/msg-core/format'
import type { PlayScheduler } from '@x07-lab/msg-core/driver'
import { afterAll, expect, test } from 'vitest'
import { apiKeys, encodeBody, encodeRequest, encodeResponse } from '../../src/protocol/index.ts'
import { kafkaProtocol } from '../../src/socket/index.ts'
import { entriesOf, openSink } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-ends-'))
afterAll(() => rmSync(folder, { recursive: true }))
const endpoint = { host: '127.0.0.1', port: 9092, tls: false }
const asked = { apiKey: apiKeys.ApiVersions, version: 1, correlationId: 1, clientId: 'app' }
const request = encodeRequest(asked, Buffer.alloc(0))
const answer = encodeResponse(
  asked,
  encodeBody(apiKeys.ApiVersions, 1, 'response', { errorCode: 0, apiKeys: [], throttleTimeMs: 0 }),
)

/** Plays a cassette to one connection after the other that asks; gives what each of them saw. */
function play(path: string, connections: number): string[][] {
  using reader = openReader(path)
  const turns: (() => void)[] = []
  const scheduler: PlayScheduler = { now: () => 0, turn: (run) => void turns.push(run), after: () => () => undefined }
  const player = kafkaProtocol.player({ reader, scheduler, diverged: (_, text) => expect.fail(text) })
  return Array.from({ length: connections }, () => {
    const saw: string[] = []
    const connection = player.dial(endpoint, {
      up: () => void saw.push('up'),
      send: (bytes) => void saw.push(bytes.length === answer.length ? 'answer' : 'other'),
      end: () => void saw.push('end'),
      reset: (failure) => void saw.push(`reset ${failure}`),
      drained: true,
    })
    connection.fromClient(request)
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
    return saw
  })
}

test('a query whose connection ended is not answered in a replay, and the next one is', () => {
  const path = join(folder, 'ended.rrbin')
  const sink = openSink(path)
  const recorder = kafkaProtocol.recorder(sink)
  const first = recorder.connection(endpoint)
  first.fromClient(request)
  first.brokerEnd()
  const second = recorder.connection(endpoint)
  second.fromClient(request)
  second.fromBroker(answer)
  sink.close()
  expect(play(path, 3)).toEqual([
    ['up', 'end'],
    ['up', 'answer'],
    ['up', 'answer'],
  ])
})

test('the end of a connection is written when the broker ends it: the program may end before it is closed', () => {
  const path = join(folder, 'at-once.rrbin')
  const sink = openSink(path)
  const connection = kafkaProtocol.recorder(sink).connection(endpoint)
  connection.fromClient(request)
  connection.brokerEnd()
  sink.close()
  expect(entriesOf(path)).toEqual(['client_dial 127.0.0.1:9092', 'server_end ApiVersions'])
  expect(play(path, 2)).toEqual([
    ['up', 'end'],
    ['up', 'end'],
  ])
})

test('a connection that broke before anything was said is made and breaks', () => {
  const path = join(folder, 'broke.rrbin')
  const sink = openSink(path)
  const failure = JSON.stringify({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' })
  kafkaProtocol
    .recorder(sink)
    .connection({ ...endpoint, tls: true }, { authorized: true })
    .closed(failure)
  sink.close()
  expect(play(path, 1)).toEqual([['up', `reset ${failure}`]])
})
