import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { apiKeys, encodeBody, encodeRequest, encodeResponse, type Fields } from '../../src/protocol/index.ts'
import { kafkaProtocol } from '../../src/socket/index.ts'
import { openSink, playToClient } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'kafka-commits-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Call {
  readonly request: Buffer
  readonly answer: Buffer
}

function call(api: 'JoinGroup' | 'OffsetCommit' | 'LeaveGroup', version: number, ask: Fields, answer: Fields): Call {
  const asked = { apiKey: apiKeys[api], version, clientId: 'app', correlationId: 1 }
  return {
    request: encodeRequest(asked, encodeBody(asked.apiKey, version, 'request', { groupId: 'readers', ...ask })),
    answer: encodeResponse(asked, encodeBody(asked.apiKey, version, 'response', { errorCode: 0, ...answer })),
  }
}

const topics = (partition: Fields): Fields[] => [{ name: 'orders', partitions: [{ partitionIndex: 0, ...partition }] }]
const commit = (memberId: string, offset: bigint): Call =>
  call(
    'OffsetCommit',
    2,
    {
      generationIdOrMemberEpoch: memberId === '' ? -1 : 1,
      memberId,
      retentionTimeMs: -1n,
      topics: topics({ committedOffset: offset, committedMetadata: null }),
    },
    { topics: topics({ errorCode: 0 }) },
  )
const joined = (memberId: string): Call =>
  call(
    'JoinGroup',
    0,
    { sessionTimeoutMs: 10_000, memberId: '', protocolType: 'consumer', protocols: [] },
    { generationId: 1, protocolName: '', leader: memberId, memberId, members: [] },
  )
const left = (memberId: string): Call => call('LeaveGroup', 0, { memberId }, {})

/** A consumer reads to a position and leaves; another one, as an admin client is, sets it back; somebody sets it from outside. */
const run = (first: bigint, second: bigint, outside: bigint): Call[] => [
  joined('a'),
  commit('a', 1n),
  commit('a', first),
  left('a'),
  joined('b'),
  commit('b', second),
  left('b'),
  commit('', outside),
]

test('the last position of each life of a group is compared, and that which was set from outside', () => {
  const path = join(folder, 'lives.rrbin')
  const sink = openSink(path)
  const connection = kafkaProtocol.recorder(sink).connection({ host: '127.0.0.1', port: 9092, tls: false })
  for (const { request, answer } of run(5n, 0n, 7n)) {
    connection.fromClient(request, false)
    connection.fromBroker(answer)
  }
  sink.close()
  const play = (calls: readonly Call[]): string[] =>
    playToClient(
      path,
      calls.map(({ request }) => request),
    )
  expect(play(run(5n, 0n, 7n))).toEqual([])
  const told = (was: number, is: number): unknown =>
    expect.stringMatching(`^OffsetCommit/readers: the last position of orders/0 was ${was} \\(entry \\d+\\), is ${is}$`)
  expect(play(run(4n, 0n, 7n))).toEqual([told(5, 4)])
  expect(play(run(5n, 1n, 7n))).toEqual([told(0, 1)])
  expect(play(run(5n, 0n, 8n))).toEqual([told(7, 8)])
})
