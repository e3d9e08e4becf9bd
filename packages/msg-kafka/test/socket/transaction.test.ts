import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { apiKeys, encodeBody, encodeRequest, encodeResponse, type Fields } from '../../src/protocol/index.ts'
import { kafkaProtocol } from '../../src/socket/index.ts'
import { openSink, playToClient } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-transaction-'))
afterAll(() => rmSync(folder, { recursive: true }))

const producer = { transactionalId: 'tx', producerId: 1n, producerEpoch: 0 }
const topics = [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: null }] }]
type Api = 'AddOffsetsToTxn' | 'TxnOffsetCommit' | 'EndTxn'

function call(api: Api, fields: Fields): { readonly request: Buffer; readonly answer: Buffer } {
  const asked = { apiKey: apiKeys[api], version: 0, clientId: 'app', correlationId: 1 }
  const answer = { throttleTimeMs: 0, errorCode: 0, topics: [] }
  return {
    request: encodeRequest(
      asked,
      encodeBody(asked.apiKey, 0, 'request', { ...producer, groupId: 'readers', ...fields }),
    ),
    answer: encodeResponse(asked, encodeBody(asked.apiKey, 0, 'response', answer)),
  }
}
const calls = [
  call('AddOffsetsToTxn', {}),
  call('TxnOffsetCommit', { topics }),
  call('EndTxn', { committed: true }),
  call('EndTxn', { committed: false }),
]

test('what was left out of a transaction is told when it ends, and its end is answered', () => {
  const path = join(folder, 'transactions.rrbin')
  const sink = openSink(path)
  const connection = kafkaProtocol.recorder(sink).connection({ host: '127.0.0.1', port: 9092, tls: false })
  for (const { request, answer } of [0, 1, 2, 0, 1, 2, 3].map((at) => calls[at]!)) {
    connection.fromClient(request, false)
    connection.fromBroker(answer)
  }
  sink.close()
  const play = (...made: number[]): string[] =>
    playToClient(
      path,
      made.map((at) => calls[at]!.request),
    )
  expect(play(0, 1, 2, 0, 1, 2, 3)).toEqual([])
  expect(play(0, 2, 0, 1, 2)[0]).toMatch(
    /^EndTxn\/tx of entry \d+ came without TxnOffsetCommit\/readers \(entry \d+\), recorded before it in its transaction$/,
  )
  expect(play(0, 1, 2, 2)[0]).toMatch(
    /came without AddOffsetsToTxn\/readers \(entry \d+\), TxnOffsetCommit\/readers \(entry \d+\), recorded/,
  )
  expect(play(0, 1, 3)[0]).toMatch(/this call differs from entry \d+: committed was true, is false$/)
})
