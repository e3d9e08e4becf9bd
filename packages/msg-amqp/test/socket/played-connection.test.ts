import { expect, test } from 'vitest'

import { encodeCommand, protocolHeader, type Method } from '../../src/protocol/index.ts'
import { PlayedConnection } from '../../src/socket/played-connection.ts'

const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
const tuned = (seconds: number): Buffer => {
  const method: Method = {
    name: 'connection.tune-ok',
    args: { channelMax: 0, frameMax: 4_096, heartbeat: seconds },
  }
  return Buffer.concat([protocolHeader, encodeCommand({ type: 'method', channel: 0, method })])
}

/** A connection whose timers and turns are run by hand. */
function connect(): {
  client: PlayedConnection
  sent: Uint8Array[]
  timers: { ms: number; run: () => void }[]
  turns: (() => void)[]
} {
  const turns: (() => void)[] = []
  const sent: Uint8Array[] = []
  const timers: { ms: number; run: () => void }[] = []
  const line = {
    up: () => undefined,
    send: (bytes: Uint8Array) => void sent.push(Uint8Array.from(bytes)),
    end: () => undefined,
    reset: () => undefined,
    drained: true,
  }
  const client = new PlayedConnection(1, line, {
    command: () => undefined,
    notUnderstood: (_, error) => expect.fail(String(error)),
    left: () => undefined,
    turn: (run) => void turns.push(run),
    after(ms, run) {
      const timer = { ms, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  })
  return { client, sent, timers, turns }
}

test('a client that agreed on heartbeats gets one twice in each interval, as long as its connection stands', () => {
  const { client, sent, timers } = connect()
  client.fromClient(tuned(10))
  for (let beats = 1; beats <= 3; beats++) {
    const timer = timers.shift()
    expect(timer?.ms).toBe(5_000)
    timer?.run()
    expect(sent).toHaveLength(beats)
  }
  expect(Buffer.from(sent[0]!)).toEqual(heartbeat)
  client.detach()
  expect(timers).toEqual([])
})

test('each heartbeat of a client is answered at once: its time may run faster than that of the player', () => {
  const { client, sent, turns } = connect()
  client.fromClient(Buffer.concat([tuned(10), heartbeat]))
  turns.shift()?.()
  client.fromClient(heartbeat)
  expect(sent).toHaveLength(2)
})

test('a client that answers heartbeats with heartbeats is not answered for ever', () => {
  const { client, sent, turns } = connect()
  client.fromClient(Buffer.concat([tuned(10), heartbeat, heartbeat]))
  expect(sent).toHaveLength(1)
  // Its echo comes a turn later, as over a network.
  for (let echoes = 0; echoes < 1_000; echoes++) {
    turns.shift()?.()
    client.fromClient(heartbeat)
  }
  expect(sent.length).toBeLessThan(300)
})

test('a client that wants no heartbeats gets none', () => {
  const { client, sent, timers } = connect()
  client.fromClient(tuned(0))
  expect([sent, timers]).toEqual([[], []])
})
