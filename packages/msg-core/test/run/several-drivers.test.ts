import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, openMemory, openVcr, withVcr, type Driver } from '../../src/index.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'several-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const envelope = (text: string): Uint8Array =>
  encodeEnvelope({ topic: 'calls', key: null, value: Buffer.from(text), headers: [] })

/** Asks on one driver; a server takes the question there and answers on the other one, on which the asker waits. */
async function rpc(requests: Driver, replies: Driver, questions: readonly string[]): Promise<string[]> {
  const heard: string[] = []
  const serving = (async () => {
    let left = questions.length
    for await (const request of requests.deliveries()) {
      const text = String(Buffer.from(decodeEnvelope(request.envelope).value ?? []))
      await replies.publish(envelope(`re: ${text}`))
      await request.settle('ack')
      if (--left === 0) break
    }
  })()
  const answers = replies.deliveries()[Symbol.asyncIterator]()
  for (const question of questions) {
    await requests.publish(envelope(question))
    const answer = await answers.next()
    heard.push(String(Buffer.from(decodeEnvelope(answer.value.envelope).value ?? [])))
    await answer.value.settle('ack')
  }
  await answers.return?.()
  await serving
  return heard
}

const options = (more: object = {}) => ({
  cassette: 'rpc',
  root,
  ci: false,
  live: {
    requests: () => openMemory({ endpoint: 'broker_v1' }),
    replies: () => openMemory({ endpoint: 'log_v1', wire: 'kafka' as const }),
    idle: () => openMemory(),
  },
  ...more,
})

test('two drivers of one program are recorded in one order, and what one does because of the other comes again', async () => {
  const modes: string[] = []
  for (let round = 0; round < 3; round++) {
    const heard = await withVcr(options(), ({ requests, replies }, scope) => {
      modes.push(scope.mode)
      return rpc(requests, replies, ['a', 'b', 'c'])
    })
    expect(heard).toEqual(['re: a', 're: b', 're: c'])
  }
  expect(modes).toEqual(['record', 'replay', 'replay'])
})

test('another order of two drivers is told', async () => {
  const both = async (first: Driver, second: Driver): Promise<void> => {
    await first.publish(envelope('x'))
    await second.publish(envelope('x'))
  }
  await withVcr(options(), ({ requests, replies }) => both(requests, replies))
  const scope = await openVcr(options({ stallMs: 30, tell: () => {} }))
  const { requests, replies } = scope.drivers
  await both(replies, requests)
  await expect(scope.close()).rejects.toMatchObject({ code: 'diverged' })
  expect(scope.report().divergences).toEqual([
    { kind: 'moved', op: 'std.msg.kafka.publish_env_v1', key: 'log_v1/replies', entry: 1, before: 0 },
  ])
})

test('a driver that is never used is missed, and where one cannot be opened the others are closed', async () => {
  await withVcr(options(), ({ requests, replies }) => rpc(requests, replies, ['a']))
  await expect(withVcr(options({ tell: () => {} }), () => {})).rejects.toMatchObject({ code: 'diverged' })
  const opened: Driver[] = []
  const live = {
    first: async () => {
      const driver = await openMemory()
      opened.push(driver)
      return driver
    },
    second: () => Promise.reject(new Error('no broker')),
  }
  await expect(openVcr(options({ mode: 'record', live }))).rejects.toThrow('no broker')
  await expect(opened[0]?.publish(envelope('x'))).rejects.toMatchObject({ code: 'closed' })
  const named = { 'a/b': () => openMemory() }
  await expect(openVcr(options({ mode: 'record', live: named }))).rejects.toMatchObject({ code: 'invalid_config' })
})
