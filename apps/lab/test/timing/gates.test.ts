import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEntry, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { describe, expect, test } from 'vitest'
import { speedGate } from '../../src/timing/gates.ts'
import { createProject } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const recording = join(repository, '.x07_rr', 'amqp-orders.rrbin')
/** When the first publish of that recording was confirmed, in milliseconds from its begin. */
const firstConfirmMs = firstTicks() / 1_000

function firstTicks(): number {
  using cassette = openReader(recording, { limits: NO_LIMITS })
  return decodeEntry(cassette.entry(0)).latencyTicks ?? 0
}

describe('a replay in the time of its recording', () => {
  test.each([1, 10, 0.5])('at speed %d has each answer when it came then, divided by that', (factor) => {
    using cassette = openReader(recording, { limits: NO_LIMITS })
    let now = 1_000
    const waits: number[] = []
    const clock = { now: () => now, after: (ms: number) => void waits.push(ms) }
    const gate = speedGate(cassette, factor, { signal: new AbortController().signal, clock })
    expect(gate(0, 'begin', () => {})).toBe(true)
    expect(gate(0, 'end', () => {})).toBe(false)
    expect(waits[0]).toBeCloseTo(firstConfirmMs / factor, 3)
    now += firstConfirmMs / factor
    expect(gate(0, 'end', () => {})).toBe(true)
  })

  test.concurrent('is the same run, also step by step', { timeout: 60_000 }, async () => {
    using project = createProject()
    cpSync(recording, project.path('.x07_rr', 'amqp-orders.rrbin'), { recursive: true })
    const replay = ['replay', '--cassette', 'amqp-orders']
    const plain = await project.lab(replay)
    expect(plain.code).toBe(0)
    expect(await project.lab([...replay, '--speed', '20'])).toEqual(plain)
    const stepped = await project.lab([...replay, '--step'], { stdin: '\n3\nc\n' })
    expect(stepped).toMatchObject({ code: 0, stdout: plain.stdout })
    const steps = stepped.stderr.split('\n').filter((line) => line.startsWith('step '))
    // One for the first line, three for the second, and the one that waited for the third.
    expect(steps.map((line) => line.includes('(Enter'))).toEqual([true, true, false, false, true])
    expect(steps[0]).toMatch(/^step ends {3}\s*0 .* publish /)
  })

  test.each(['0', '-1', 'fast', '1001', '1e2'])('at speed %s is refused', async (speed) => {
    using project = createProject()
    expect(await project.lab(['replay', '--speed', speed])).toMatchObject({
      code: 2,
      stderr: `lab: --speed "${speed}": give a factor from 0.001 to 1000, such as 1 or 10, or max\n`,
    })
  })
})
