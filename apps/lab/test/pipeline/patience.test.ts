import { encodeEnvelope, openMemory, type Driver } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { envelopeOf } from '../../src/events/event.ts'
import { pauseBefore, type Patience } from '../../src/pipeline/patience.ts'
import { runPipeline } from '../../src/pipeline/pipeline.ts'

const source = {
  total: 3,
  describe: () => ({ source: 'cassette' }),
  envelopes: () => [0, 1, 2].map((n) => envelopeOf('lab.events', { n, key: 'k', payload: String(n) })),
}

/** Patience without a clock: what it was asked to wait, in order. Each wait lets what is under way happen. */
function noted(): { patience: Patience; waits: number[] } {
  const waits: number[] = []
  const pause = async (ms: number): Promise<void> => {
    waits.push(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { patience: { lostAfterMs: 5_000, pause }, waits }
}

/** A broker that confirms every message and loses the second one. */
async function losing(): Promise<Driver> {
  const memory = await openMemory()
  const live = memory.publish.bind(memory)
  let calls = 0
  return Object.assign(memory, {
    publish: async (envelope: Uint8Array) =>
      calls++ === 1 ? { status: 'confirmed' as const, answer: {} } : live(envelope),
  })
}

test('a confirmed message that does not come ends the run with what is missing', async () => {
  const { patience, waits } = noted()
  await expect(runPipeline({ driver: await losing(), source, patience })).rejects.toMatchObject({
    code: 'timeout',
    message:
      'consume: 1 of 3 confirmed messages did not come, and none did for 5 s: the broker lost them (a purge, a time to live, ' +
      'retention, a queue or topic made anew), or another consumer took them; record again, or wait longer with --lost-after',
  })
  expect(waits.every((ms) => ms === 500)).toBe(true)
})

test('a broker that says three times that it has nothing ends the wait; one that has something makes it longer', async () => {
  const empty = noted()
  const driver = Object.assign(await losing(), { remaining: () => Promise.resolve('nothing' as const) })
  await expect(runPipeline({ driver, source, patience: empty.patience })).rejects.toThrow(
    'consume: 1 of 3 confirmed messages did not come, and the broker has no more of them: the broker lost them',
  )
  expect(empty.waits.length).toBeLessThan(7)
  const full = noted()
  const holding = Object.assign(await losing(), { remaining: () => Promise.resolve('something' as const) })
  await expect(runPipeline({ driver: holding, source, patience: full.patience })).rejects.toThrow('none did for 15 s')
})

test('what others publish may take as long as it likes', async () => {
  const { patience, waits } = noted()
  const driver = await openMemory()
  const run = runPipeline({ driver, source, foreign: 1, patience })
  await new Promise((resolve) => setImmediate(resolve))
  await driver.publish(envelopeOf('lab.events', { n: 9, key: 'k', payload: 'theirs' }))
  expect(await run).toMatchObject({ published: 3, foreign: 1 })
  expect(waits.length).toBeLessThan(5)
})

test('a refused message is tried again with growing pauses, and given up after half a minute of them', async () => {
  const { patience, waits } = noted()
  const memory = await openMemory()
  const driver = Object.assign(memory, {
    publish: () => Promise.resolve({ status: 'refused' as const, reason: 'nack: the queue is full' }),
  })
  await expect(runPipeline({ driver, source, patience })).rejects.toMatchObject({
    code: 'precondition_failed',
    message: 'publish: the broker refused a message 20 times, with growing pauses: nack: the queue is full',
  })
  expect([pauseBefore(1), pauseBefore(2), pauseBefore(7), pauseBefore(19), pauseBefore(20)]).toEqual([
    50,
    100,
    2_000,
    2_000,
    undefined,
  ])
  expect(waits[0]).toBe(50)
})

test('a message without an id that the run published itself is none of others', async () => {
  const nameless = encodeEnvelope({ topic: 'lab.events', key: null, value: Buffer.from('x'), headers: [] })
  const transcript = { ...source, total: 2, envelopes: () => [nameless, nameless] }
  const run = runPipeline({ driver: await openMemory(), source: transcript, transcript: true })
  expect(await run).toMatchObject({ published: 2, foreign: 0 })
})
