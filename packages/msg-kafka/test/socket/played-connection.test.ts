import { expect, test } from 'vitest'

import { apiKeys, encodeBody, encodeRequest, type Fields } from '../../src/protocol/index.ts'
import { PlayedConnection } from '../../src/socket/played-connection.ts'
import { openSasl } from '../../src/socket/sasl-server.ts'

/** A connection of a client that logs in, and what the broker did, in order. */
function login(recorded: Fields): string[] {
  const did: string[] = []
  const turns: (() => void)[] = []
  const line = {
    up: () => undefined,
    send: (bytes: Uint8Array) => void did.push(`answer of ${bytes.length > 0 ? 'some' : 'no'} bytes`),
    end: () => void did.push('end'),
    reset: (failure: string) => void did.push(`reset ${failure}`),
    drained: true,
  }
  const connection = new PlayedConnection(
    {
      request: () => undefined,
      login: (mechanism) => openSasl(mechanism, 'replay', () => () => undefined),
      loginAnswer: () => recorded,
      turn: (run) => void turns.push(run),
      failed: (_, what) => expect.fail(what),
      gone: () => void did.push('gone'),
    },
    line,
  )
  const body = encodeBody(apiKeys.SaslAuthenticate, 1, 'request', { authBytes: Buffer.from('\0alice\0secret') })
  connection.fromClient(
    encodeRequest({ apiKey: apiKeys.SaslAuthenticate, version: 1, correlationId: 1, clientId: 'app' }, body),
  )
  for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
  return did
}

const answer = { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0n }

test('a login that was refused is refused again, and the broker ends the connection after its answer', () => {
  expect(login({ ...answer, errorCode: 58, errorMessage: 'no' })).toEqual(['answer of some bytes', 'end', 'gone'])
})

test('a login that went well keeps its connection', () => {
  expect(login(answer)).toEqual(['answer of some bytes'])
})
