import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { hasLoopback } from '@x07-lab/msg-core/testing'
import { expect, test, vi } from 'vitest'

import { isAlive } from '../../src/brokers/process/identity.ts'
import { systemClock } from '../../src/brokers/index.ts'
import { type BrokerRecord, readRecord } from '../../src/brokers/state/record.ts'
import { type FakeMachine, fakeMachine } from './support/fake-machine.ts'
import { FAKES } from './support/fake-programs.ts'

// These start processes, which take long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

/** Brokers that answer, real or not, do so over TCP. */
const live = test.skipIf(!(await hasLoopback()))

const MAIN = fileURLToPath(import.meta.resolve('./support/up-main.ts'))
const MUTE = 'setInterval(() => {}, 1e6)'

const upArgs = ({ deps, settings }: FakeMachine): string[] => [
  MAIN,
  'amqp',
  JSON.stringify(deps),
  JSON.stringify(settings),
]

/** Waits until the lab has the broker and its helper on record. */
async function recordOfTwo(machine: FakeMachine): Promise<BrokerRecord> {
  for (;;) {
    const record = await readRecord(machine.brokerFolder('amqp'))
    if (record?.processes.length === 2) return record
    await systemClock.sleep(5)
  }
}

live('a broker outlives the command that started it, and prints into its log', async () => {
  await using machine = await fakeMachine({ 'rabbitmq-server': FAKES['rabbitmq-server'], epmd: FAKES.epmd })
  const { stdout, stderr } = await promisify(execFile)(process.execPath, upArgs(machine))
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'up', startedNow: true, way: 'rabbitmq-server' })
  expect(stderr).toBe('')
  expect(await machine.status('amqp')).toMatchObject({ state: 'up', way: 'rabbitmq-server' })
  // Each leads a process group of its own: what ends the starter's terminal does not reach them.
  const { processes } = await recordOfTwo(machine)
  expect(processes.map(({ pid }) => process.kill(-pid, 0))).toEqual([true, true])
  expect(await readFile(join(machine.brokerFolder('amqp'), 'log/startup.log'), 'utf8')).toMatch(
    /^started by pid \d+\n$/,
  )
})

live('a starter that is killed leaves a broker that status finds, and that the next up replaces', async () => {
  await using machine = await fakeMachine({ 'rabbitmq-server': MUTE, epmd: FAKES.epmd })
  const starter = spawn(process.execPath, upArgs(machine), { stdio: 'ignore' })
  const ended = once(starter, 'exit')
  const record = await recordOfTwo(machine)
  starter.kill('SIGKILL')
  await ended
  expect(await machine.status('amqp')).toMatchObject({ state: 'starting', way: 'rabbitmq-server' })

  const broker = { 'rabbitmq-server': FAKES['rabbitmq-server'], epmd: FAKES.epmd }
  await using other = await fakeMachine(broker)
  const deps = { ...machine.deps, env: { ...machine.deps.env, PATH: other.deps.env['PATH'] } }
  expect(await machine.up('amqp', deps)).toMatchObject({ outcome: 'up', startedNow: true })
  expect(await Promise.all(record.processes.map((identity) => isAlive(identity)))).toEqual([false, false])
})

test('what a killed starter left can be taken down', async () => {
  await using machine = await fakeMachine({ 'rabbitmq-server': MUTE, epmd: FAKES.epmd })
  const starter = spawn(process.execPath, upArgs(machine), { stdio: 'ignore' })
  const ended = once(starter, 'exit')
  const record = await recordOfTwo(machine)
  starter.kill('SIGKILL')
  await ended
  expect(await machine.down('amqp')).toMatchObject({ outcome: 'stopped', way: 'rabbitmq-server' })
  expect(await Promise.all(record.processes.map((identity) => isAlive(identity)))).toEqual([false, false])
  expect(await machine.status('amqp')).toMatchObject({ state: 'down' })
})
