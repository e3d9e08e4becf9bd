import { expect, test } from 'vitest'
import {
  apiKeys,
  decodeBody,
  encodeBody,
  encodeRequest,
  encodeResponse,
  type Fields,
} from '../../src/protocol/index.ts'
import { kafkaProtocol } from '../../src/socket/index.ts'

function loopback() {
  return kafkaProtocol.loopback!(({ host, port }) => ({ host: '127.0.0.1', port: host === 'one' ? 1111 : port + 1 }))
}

/** What becomes of an answer: as it is recorded, and as the client gets it. */
function through(apiKey: number, version: number, answer: Fields): { recorded: Fields; given: Fields } {
  const connection = loopback()
  const header = { apiKey, version, correlationId: 9, clientId: null }
  connection.fromClient(encodeRequest(header, Buffer.alloc(0)))
  const frame = encodeResponse(header, encodeBody(apiKey, version, 'response', answer))
  const recorded = Buffer.concat([frame.subarray(0, 7), frame.subarray(7)].map((bytes) => connection.toRecord(bytes)))
  const given = connection.toClient(recorded)
  const read = (bytes: Uint8Array): Fields =>
    decodeBody(apiKey, version, 'response', bytes.subarray(version >= 9 ? 9 : 8))
  return { recorded: read(recorded), given: read(given) }
}

test('addresses of brokers become those of this machine for the client, and stay in the recording', () => {
  const brokers = [
    { nodeId: 1, host: 'one', port: 9092, rack: null },
    { nodeId: 2, host: 'two', port: 9093, rack: 'r' },
  ]
  const { recorded, given } = through(apiKeys.Metadata, 5, { brokers, clusterId: 'c', controllerId: 1, topics: [] })
  expect(recorded['brokers']).toEqual(brokers)
  expect(given['brokers']).toEqual([
    { nodeId: 1, host: '127.0.0.1', port: 1111, rack: null },
    { nodeId: 2, host: '127.0.0.1', port: 9094, rack: 'r' },
  ])
  const coordinator = { errorCode: 0, errorMessage: null, nodeId: 1, host: 'one', port: 9092, throttleTimeMs: 0 }
  expect(through(apiKeys.FindCoordinator, 2, coordinator).given).toEqual({
    ...coordinator,
    host: '127.0.0.1',
    port: 1111,
  })
  const none = { errorCode: 15, errorMessage: null, nodeId: -1, host: '', port: -1, throttleTimeMs: 0 }
  expect(through(apiKeys.FindCoordinator, 2, none).given).toEqual(none)
})

test('a recording sees topics with names, no version or API that is not known, and no fetch session', () => {
  const offered = [
    { apiKey: 0, minVersion: 0, maxVersion: 13 },
    { apiKey: 1, minVersion: 4, maxVersion: 18 },
    { apiKey: 60, minVersion: 0, maxVersion: 2 },
    { apiKey: 999, minVersion: 0, maxVersion: 1 },
  ]
  const { recorded } = through(apiKeys.ApiVersions, 2, { errorCode: 0, apiKeys: offered, throttleTimeMs: 0 })
  expect(recorded['apiKeys']).toEqual([
    { apiKey: 0, minVersion: 0, maxVersion: 12 },
    { apiKey: 1, minVersion: 4, maxVersion: 12 },
    { apiKey: 60, minVersion: 0, maxVersion: 2 },
  ])
  expect(through(apiKeys.Fetch, 7, { throttleTimeMs: 5, errorCode: 0, sessionId: 77, responses: [] }).recorded).toEqual(
    {
      throttleTimeMs: 5,
      errorCode: 0,
      sessionId: 0,
      responses: [],
    },
  )
})

test('who leads a partition now is this machine for the client', () => {
  const connection = loopback()
  const header = { apiKey: apiKeys.Produce, version: 12, correlationId: 9, clientId: null }
  const produce = (acks: number): Buffer =>
    Buffer.from(encodeBody(0, 12, 'request', { transactionalId: null, acks, timeoutMs: 1, topicData: [] }))
  connection.fromClient(encodeRequest({ ...header, correlationId: 8 }, produce(0)))
  connection.fromClient(encodeRequest(header, produce(-1)))
  const nodeEndpoints = [{ nodeId: 1, host: 'one', port: 9092, rack: null }]
  const answer = encodeBody(0, 12, 'response', { responses: [], throttleTimeMs: 0, nodeEndpoints })
  const given = connection.toClient(connection.toRecord(encodeResponse(header, answer)))
  expect(decodeBody(0, 12, 'response', given.subarray(9))['nodeEndpoints']).toEqual([
    { nodeId: 1, host: '127.0.0.1', port: 1111, rack: null },
  ])
})

test('what answers no request that is watched goes through byte for byte', () => {
  const connection = loopback()
  const bytes = Buffer.from('00000003aabbcc0000000512345678ff', 'hex')
  expect(Buffer.from(connection.toClient(connection.toRecord(bytes))).equals(bytes)).toBe(true)
})
