import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { ChannelModel } from 'amqplib'
import { describe, expect, test } from 'vitest'
import { liveConnection, type LiveConnection } from '../../../src/driver/connection/live-connection.ts'
import { frameFilter } from '../../../src/driver/wire/tap.ts'

/** The events of an amqplib connection, without one. */
class FakeModel extends EventEmitter implements ChannelModel {
  readonly stream = new PassThrough()
  readonly connection = {
    stream: this.stream,
    serverProperties: { host: '', product: '', version: '3.10.8', platform: '', information: '' },
  }
  closes = 0
  close(): Promise<void> {
    this.closes++
    return new Promise(() => undefined)
  }
  readonly createChannel = unused
  readonly createConfirmChannel = unused
  readonly updateSecret = unused
}

function unused(): Promise<never> {
  return Promise.reject(new Error('no test of a connection asks for this'))
}

/** A connection whose deadlines pass when `pass` is called; destroying it closes the model, as a socket does. */
function start(): {
  connection: LiveConnection
  model: FakeModel
  destroyed: () => boolean
  pass: () => void
  lost: unknown[]
} {
  const model = new FakeModel()
  const abort = new AbortController()
  abort.signal.addEventListener('abort', () => model.emit('close', new Error('aborted')))
  const due = new Set<() => void>()
  const timers = {
    after(_: number, run: () => void) {
      due.add(run)
      return () => due.delete(run)
    },
  }
  const connection = liveConnection(model, frameFilter(), { broker: 'b', abort, timers, answerTimeoutMs: 10 })
  const lost: unknown[] = []
  connection.onLost((cause) => lost.push(cause))
  return { connection, model, destroyed: () => abort.signal.aborted, pass: () => due.forEach((run) => run()), lost }
}

describe('a connection', () => {
  test('tells its end once, with the first cause, ends its stream, and lets go of a socket that the peer does not end', () => {
    const { connection, model, destroyed, pass, lost } = start()
    const cause = new Error('Heartbeat timeout')
    model.emit('error', cause)
    expect([connection.alive, lost]).toEqual([true, []])
    model.emit('close', cause)
    model.emit('close')
    expect([connection.alive, model.stream.writableEnded, destroyed(), lost]).toEqual([false, true, false, [cause]])
    pass()
    expect(destroyed()).toBe(true)
  })

  test('that is given up says so to the broker, and to its owner at once; a peer that ends too is waited for', async () => {
    const { connection, model, destroyed, pass, lost } = start()
    const cause = new Error('out of order')
    connection.destroy(cause)
    connection.destroy(new Error('twice'))
    expect([connection.alive, model.closes, model.stream.writableEnded, lost]).toEqual([false, 1, true, [cause]])
    await once(model.stream, 'close')
    pass()
    expect(destroyed()).toBe(false)
  })

  test('tells a listener that comes late', () => {
    const { connection, model } = start()
    model.emit('close')
    const late: unknown[] = []
    connection.onLost((cause) => late.push(cause))
    expect(late).toEqual([undefined])
  })

  test('says why the broker holds publishing back, while it does', () => {
    const { connection, model } = start()
    model.emit('blocked', 'low on memory')
    expect(connection.blocked).toBe('low on memory')
    model.emit('unblocked')
    expect(connection.blocked).toBeUndefined()
  })

  test('gives the answer of the broker', async () => {
    const { connection, pass, lost } = start()
    expect(await connection.ask(Promise.resolve(7))).toBe(7)
    pass()
    expect(lost).toEqual([])
  })

  test('ends a wait for an answer when it ends', async () => {
    const { connection, model } = start()
    const cause = new Error('reset')
    const asking = connection.ask(new Promise(() => undefined))
    model.emit('close', cause)
    await expect(asking).rejects.toBe(cause)
  })

  test('ends when the broker does not answer in time', async () => {
    const { connection, pass, lost } = start()
    const asking = connection.ask(new Promise(() => undefined))
    pass()
    await expect(asking).rejects.toMatchObject({ code: 'timeout', message: 'ask b: no answer within 10 ms' })
    expect(lost).toEqual([expect.objectContaining({ code: 'timeout' })])
  })
})
