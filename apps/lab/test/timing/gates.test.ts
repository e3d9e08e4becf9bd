import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { decodeEntry, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { describe, expect, test } from 'vitest'
import { speedGate, stepGate } from '../../src/timing/gates.ts'
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

  test('step by step takes each line when it is its turn, as from a script whose lines are all there at once', async () => {
    using cassette = openReader(recording, { limits: NO_LIMITS })
    const lines = new PassThrough()
    const said: string[] = []
    const say = (line: string): void => void said.push(line.startsWith('step ') ? line.slice(-3) : line)
    const gate = stepGate(cassette, { lines, say, signal: new AbortController().signal })
    lines.end('\n2\n0\nx\n1\n')
    await once(lines, 'end')
    await setImmediate()
    const go = (): void => {
      throw new Error('the line is there')
    }
    for (let entry = 0; entry < 6; entry++) expect(gate(entry, 'end', go)).toBe(true)
    const asked = ' c)'
    const notStep = (word: string): string =>
      `"${word}" is not a step: press Enter, or give a number of steps from 1, or c for all`
    // The second number lets one through that is asked for and one that is not; when there are no more lines, all go on.
    const isAsked = said.filter((line) => line === asked).length
    expect([isAsked, said.filter((line) => line.includes('is not'))]).toEqual([4, [notStep('0'), notStep('x')]])
    expect(said).toHaveLength(7)
  })
})
