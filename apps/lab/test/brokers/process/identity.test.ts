import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'

import { systemClock } from '../../../src/brokers/clock.ts'
import {
  endProcess,
  identify,
  isAlive,
  isIdentity,
  killProcess,
  signalProcess,
} from '../../../src/brokers/process/identity.ts'

// These start processes, which take long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A Node process that runs `code` and prints a line when it is ready. */
async function run(code: string): Promise<{ pid: number; exited: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['-e', `${code}; setInterval(() => {}, 1e6); console.log('ready')`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  cleanups.push(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  await once(child.stdout, 'data')
  if (child.pid === undefined) throw new TypeError('the child has no pid')
  return { pid: child.pid, exited }
}

test('a process has an identity while it runs and none afterwards', async () => {
  const { pid, exited } = await run('')
  const identity = await identify(pid)
  if (identity === undefined) throw new TypeError('no identity')
  expect(await identify(pid)).toEqual(identity)
  expect(await isAlive(identity)).toBe(true)
  await killProcess(identity, systemClock)
  expect(await exited).toEqual([null, 'SIGKILL'])
  expect([await isAlive(identity), await identify(pid)]).toEqual([false, undefined])
})

test('a later process with the same number is never signalled', async () => {
  const { pid } = await run('')
  const recycled = { pid, started: 'an earlier time' }
  expect(await isAlive(recycled)).toBe(false)
  expect(await signalProcess(recycled, 'SIGKILL')).toBe(false)
  await endProcess(recycled, 0, systemClock)
  expect(await identify(pid)).not.toBe(undefined)
})

test('a process that ends when asked is not killed', async () => {
  const { pid, exited } = await run("process.on('SIGTERM', () => process.exit(7))")
  const identity = await identify(pid)
  if (identity === undefined) throw new TypeError('no identity')
  await endProcess(identity, 60_000, systemClock)
  expect(await exited).toEqual([7, null])
})

test('a process that does not want to end is killed after the grace time', async () => {
  const { pid, exited } = await run("process.on('SIGTERM', () => {})")
  const identity = await identify(pid)
  if (identity === undefined) throw new TypeError('no identity')
  await endProcess(identity, 0, systemClock)
  expect(await exited).toEqual([null, 'SIGKILL'])
})

test.each([
  [{ pid: 4711, started: 'x' }, true],
  [{ pid: 1, started: 'x' }, false],
  [{ pid: 0, started: 'x' }, false],
  [{ pid: -4711, started: 'x' }, false],
  [{ pid: 2.5, started: 'x' }, false],
  [{ pid: '4711', started: 'x' }, false],
  [{ pid: 4711 }, false],
  [null, false],
])('what a file says is an identity or not: %j is %j', (value, expected) => {
  expect(isIdentity(value)).toBe(expected)
})
