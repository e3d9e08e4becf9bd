import { expect, test } from 'vitest'

import { encodeCommand, protocolHeader, type Method } from '../../src/protocol/index.ts'
import { PlayedConnection } from '../../src/socket/played-connection.ts'
import { storedReader, type StoredCommand } from '../../src/socket/stored.ts'

const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])
const tuned = (seconds: number, frameMax = 4_096): Buffer => {
  const method: Method = {
    name: 'connection.tune-ok',
    args: { channelMax: 0, frameMax, heartbeat: seconds },
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
    // What it is sent is the client's: it is kept as it is.
    send: (bytes: Uint8Array) => void sent.push(bytes),
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

/** A delivery with this body, as the broker says it. */
const deliver = (body: Buffer): StoredCommand => {
  const method: Method = {
    name: 'basic.deliver',
    args: { consumerTag: 'c', deliveryTag: 1n, redelivered: false, exchange: '', routingKey: 'q' },
  }
  const [command] = storedReader().feed(
    encodeCommand({
      type: 'method',
      channel: 1,
      method,
      content: { properties: {}, body: [body], bodyBytes: body.length },
    }),
  )
  return command!
}

test('the commands of a turn are sent as one, and the next turn leaves them as they are', () => {
  const { client, sent } = connect()
  client.fromClient(tuned(0))
  const [first, second] = [deliver(Buffer.alloc(9_000, 'a')), deliver(Buffer.from('b'))]
  client.putCommand(1, first)
  client.putCommand(1, second)
  client.flush()
  client.putCommand(1, deliver(Buffer.alloc(9_000, 'c')))
  client.flush()
  client.flush()
  expect(sent).toHaveLength(2)
  expect(storedReader().feed(sent[0]!)).toEqual([
    { channel: 1, ...first },
    { channel: 1, ...second },
  ])
})

test('a client that asks for frames too small for anything gets the smallest there are', () => {
  const { client, sent } = connect()
  client.fromClient(tuned(0, 8))
  client.putCommand(1, deliver(Buffer.alloc(9_000)))
  client.flush()
  expect(storedReader().feed(sent[0]!)[0]?.body).toHaveLength(9_000)
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
