import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { PlayedClock, RecordedClock } from '../src/pins/clock.ts'
import { cassettes, main, node, runVcr } from './run-vcr.ts'

test('each package gets the times that it got, whoever asks in between, and then time goes on from there', () => {
  const recorded = new RecordedClock()
  for (const [name, now] of [
    ['program', 1000],
    ['uuid', 1001],
    ['program', 1500],
  ] as const) {
    expect(recorded.timeFor(name, now)).toBe(now)
  }
  const clock = new PlayedClock([...recorded.take(), { name: 'program', times: [1600] }])
  expect(recorded.pending).toBe(0)
  expect([clock.timeFor('program', 9000), clock.timeFor('program', 9001), clock.timeFor('program', 9002)]).toEqual([
    1000, 1500, 1600,
  ])
  expect(clock.timeFor('uuid', 9003)).toBe(1001)
  expect([clock.timeFor('program', 9012), clock.timeFor('other', 9013)]).toEqual([1610, 9013])
})

test('a program that tells the time replays to the same output where it was recorded with pins', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const root = mkdtempSync(join(tmpdir(), 'vcr-clock-'))
  const env = { VCR_TEST_BROKER: `127.0.0.1:${port}` }
  const own = ['--root', root, '--cassette', 'clock', ...node('clock.mjs')]
  try {
    const broker = ['serve', 'service', '--root', cassettes, '--amqp', String(port)]
    const recorded = await runVcr([...broker, '--', process.execPath, main, 'record', '--pin', ...own], env)
    expect([recorded.code, recorded.stderr]).toEqual([0, expect.stringContaining('no divergence')])
    expect(recorded.stdout).toMatch(/^\d{13}\n\S+Z hello Ada\n\S+Z hello Grace\ntrue /)
    for (let replays = 0; replays < 2; replays++) {
      const { code, stdout, stderr } = await runVcr(['replay', ...own], env)
      expect([code, stdout, stderr]).toEqual([0, recorded.stdout, expect.stringContaining('no divergence')])
    }
  } finally {
    rmSync(root, { recursive: true })
  }
})
