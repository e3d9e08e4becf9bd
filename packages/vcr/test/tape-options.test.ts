import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import { expect, test, vi } from 'vitest'

import { vcr } from '../src/index.ts'
import { taped } from '../src/node-test.ts'
import { otherProcess } from './other-process.ts'
import { cassettes, program } from './run-vcr.ts'

const amqpHeader = 'AMQP\0\0\u0009\u0001'

async function dial(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1').resume()
  socket.write(amqpHeader)
  await once(socket, 'close')
}

test('with pins a replay has the values of the recording, and the process its own again afterwards', async () => {
  const root = mkdtempSync(join(tmpdir(), 'vcr-pins-'))
  const { random } = Math
  const draw = (): unknown[] => [Math.random(), randomUUID(), Date.now(), new Date().toISOString(), os.hostname()]
  try {
    await using broker = await otherProcess("socket.end('AMQP\\0\\0\\x09\\x01')")
    const recorded = await vcr({ cassette: 'pinned', root, mode: 'record', ci: false, pin: true })
    await dial(broker.port)
    const drawn = draw()
    await recorded.close()
    expect(Math.random).toBe(random)
    const before = Date.now()
    const tape = await vcr({ cassette: 'pinned', root, mode: 'replay' })
    await dial(broker.port)
    expect(draw()).toEqual(drawn)
    await tape.close()
    expect(Date.now()).toBeGreaterThanOrEqual(before)
    expect(draw()).not.toEqual(drawn)
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('in virtual time the pauses of a test are not waited for, and its timers are its own again afterwards', async () => {
  const { setTimeout: own } = globalThis
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.stubEnv('PAUSE', '60000')
  try {
    const tape = await vcr({ cassette: 'sleepy', root: cassettes, mode: 'replay', virtualTime: true })
    const sleepy = program('sleepy.mjs')
    await import(sleepy)
    await tape.close()
    expect(log.mock.calls.map((line) => line.join(' '))).toEqual([
      'first third argument refreshed tick tick interval interval value ABORT_ERR look look answer',
      'true true true true true',
    ])
  } finally {
    log.mockRestore()
    vi.unstubAllEnvs()
  }
  expect(globalThis.setTimeout).toBe(own)
})

test('what is the whole process’s is one tape’s at a time', async () => {
  const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
  await expect(vcr({ cassette: 'sleepy', root: cassettes, mode: 'replay', virtualTime: true })).rejects.toThrow(
    'open sleepy.rrbin: pins and virtual time are the whole process’s, one such tape at a time; close the other one first'.replaceAll(
      '’',
      "'",
    ),
  )
  tape.abandon()
})

test('a test of node:test that fails and does something else than its recording is told both', async () => {
  const own = new Error('expected 2, got 1')
  const body = taped(
    async () => {
      const socket = net.connect(5672, '127.0.0.1').resume()
      socket.write(amqpHeader)
      await once(socket, 'data')
      throw own
    },
    { cassette: 'orders', root: cassettes, mode: 'replay' },
  )
  const failure: unknown = await body({} as TestContext).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'diverged', cause: own })
  expect(String(failure)).toContain('replayed orders.rrbin')
})
