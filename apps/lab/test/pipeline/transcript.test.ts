import { openMemory, type Driver, type PublishResult } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { envelopeOf } from '../../src/events/event.ts'
import { runPipeline } from '../../src/pipeline/pipeline.ts'

/** The in-memory driver, except that it refuses the second publish. */
async function refusing(calls: number[]): Promise<Driver> {
  const memory = await openMemory()
  const live = memory.publish.bind(memory)
  const publish = async (envelope: Uint8Array): Promise<PublishResult> => {
    const n = calls.push(calls.length) - 1
    return n === 1 ? { status: 'refused', reason: 'no' } : live(envelope)
  }
  return Object.assign(memory, { publish })
}

const source = {
  total: 3,
  describe: () => ({ source: 'cassette' }),
  envelopes: () => [0, 1, 2].map((n) => envelopeOf('lab.events', { n, key: 'k', payload: String(n) })),
}

test('a refused event is tried again, a refused publish of a transcript is not', async () => {
  const events: number[] = []
  expect((await runPipeline({ driver: await refusing(events), source })).published).toBe(3)
  expect(events).toHaveLength(4)
  const transcript: number[] = []
  const run = runPipeline({ driver: await refusing(transcript), source, transcript: true })
  expect((await run).published).toBe(2)
  expect(transcript).toHaveLength(3)
})
