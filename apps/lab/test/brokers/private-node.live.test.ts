import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  type BrokerKind,
  down,
  formatUp,
  startTestNode,
  status,
  systemDeps,
  type TestNodeResult,
  up,
} from '../../src/brokers/index.ts'
import { probe } from '../../src/brokers/probe/probe.ts'
import { freePort } from '../../src/brokers/process/free-port.ts'

const repo = join(import.meta.dirname, '../../../..')
const deps = systemDeps({ env: process.env, repo })

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab brokers-'))
})
afterAll(() => rm(folder, { recursive: true }))

const NATIVE = { amqp: 'rabbitmq-server', kafka: 'kafka-jar' } as const

/** What each broker makes up at random when it finds an empty folder, and keeps with its data. */
function identityOf(kind: BrokerKind, node: string): Promise<string> {
  return readFile(join(node, kind === 'amqp' ? 'home/.erlang.cookie' : 'data/meta.properties'), 'utf8')
}

describe.each(['amqp', 'kafka'] as const)('a real %s broker from this machine', (kind) => {
  test('can be killed and started again, on its port and with its data folder', async (context) => {
    const result: TestNodeResult = await startTestNode(kind, join(folder, kind), deps)
    if ('missing' in result) {
      context.skip(`${NATIVE[kind]}: ${result.missing}`)
      return
    }
    await using node = result.node
    expect(await probe(kind, node.host, node.port)).toMatchObject({ outcome: 'answers' })
    const before = await identityOf(kind, join(folder, kind))
    await node.kill()
    expect(await probe(kind, node.host, node.port)).toEqual({ outcome: 'free' })
    await node.restart()
    expect(await probe(kind, node.host, node.port)).toMatchObject({ outcome: 'answers' })
    expect(await identityOf(kind, join(folder, kind))).toBe(before)
    await node.stop()
    expect(await probe(kind, node.host, node.port)).toEqual({ outcome: 'free' })
  })

  test('is brought up on loopback only, found, and taken down', async (context) => {
    const settings = { port: await freePort(), stateFolder: join(folder, 'state'), ways: [NATIVE[kind]] }
    const result = await up(kind, deps, settings)
    if (result.outcome !== 'up') {
      context.skip(formatUp(result).join('\n'))
      return
    }
    try {
      expect(result).toMatchObject({
        startedNow: true,
        way: NATIVE[kind],
        host: '127.0.0.1',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      })
      expect(await status(kind, deps, settings)).toMatchObject({ state: 'up', way: NATIVE[kind] })
      // The port is free on every other address: somebody else can have it there.
      const elsewhere = createServer().listen(settings.port, '127.0.0.2')
      await once(elsewhere, 'listening')
      elsewhere.close()
    } finally {
      expect(await down(kind, deps, settings)).toMatchObject({ outcome: 'stopped' })
    }
    expect(await status(kind, deps, settings)).toMatchObject({ state: 'down' })
  })
})
