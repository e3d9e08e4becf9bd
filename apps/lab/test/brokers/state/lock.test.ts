import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { type Clock, systemClock } from '../../../src/brokers/clock.ts'
import { identify } from '../../../src/brokers/process/identity.ts'
import { withLock } from '../../../src/brokers/state/lock.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('two at once take turns, and nothing is left behind', async () => {
  const trace: string[] = []
  const turn = (name: string) =>
    withLock(folder, { clock: systemClock }, async () => {
      trace.push(`${name} in`)
      await new Promise(setImmediate)
      trace.push(`${name} out`)
    })
  await Promise.all([turn('a'), turn('b'), turn('c')])
  expect(trace.filter((_, at) => at % 2 === 0).map((line) => line.replace(' in', ' out'))).toEqual(
    trace.filter((_, at) => at % 2 === 1),
  )
  expect(await readdir(folder)).toEqual([])
})

test('the lock is given back when the work fails', async () => {
  const failure = new Error('no')
  await expect(withLock(folder, { clock: systemClock }, () => Promise.reject(failure))).rejects.toBe(failure)
  expect(await readdir(folder)).toEqual([])
})

test.each([
  ['whose owner died', JSON.stringify({ pid: 999_999_999, started: 'long ago' })],
  ['whose number another process has now', JSON.stringify({ pid: process.pid, started: 'long ago' })],
  ['that says nothing', ''],
])('a lock %s is taken over', async (_, text) => {
  await writeFile(join(folder, 'lock'), text)
  expect(await withLock(folder, { clock: systemClock }, () => Promise.resolve('done'))).toBe('done')
  expect(await readdir(folder)).toEqual([])
})

test('a lock held for too long is reported with its owner', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify(await identify(process.pid)))
  let now = 0
  const clock: Clock = {
    now: () => now,
    sleep: () => {
      now += 600_000
      return Promise.resolve()
    },
  }
  await expect(withLock(folder, { clock }, () => Promise.resolve())).rejects.toThrow(
    `lock ${join(folder, 'lock')}: process ${process.pid} has held it for 15 minutes; end that process and try again`,
  )
  expect(await readdir(folder)).toEqual(['lock'])
})

test('waiting ends with the signal', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify(await identify(process.pid)))
  const waiting = withLock(folder, { clock: systemClock, signal: AbortSignal.abort() }, () => Promise.resolve())
  await expect(waiting).rejects.toHaveProperty('name', 'AbortError')
})
