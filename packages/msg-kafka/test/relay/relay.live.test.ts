import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Delivery, type Driver } from '@x07-lab/msg-core'
import { classPathOf, sourceProgram } from '../../../../tests/support/maven.ts'
import { openKafka, type KafkaDriver } from '../../src/index.ts'
import { freshNames, isLive, livePort, profile } from '../driver/live-broker.ts'

const broker = `127.0.0.1:${livePort}`
const count = 7
const classPath = (await isLive()) ? classPathOf(join(import.meta.dirname, 'pom.xml')) : undefined

function program(name: string, ...args: readonly string[]): string[] {
  return sourceProgram(classPath ?? '', join(import.meta.dirname, `${name}.java`), broker, ...args)
}

/** Records of Spring Kafka are recorded, replayed with no broker, and published again from the replay to another topic. */
describe.skipIf(classPath === undefined)('records that were published again from a recording', () => {
  const root = mkdtempSync(join(tmpdir(), 'x07-relay-'))
  const physical = freshNames()
  const topics = ['original', 'again']
  const [original, again] = topics.map(physical) as [string, string]
  // The records are of the year 2020: a broker deletes what is older than a week.
  const kept = { config: { 'retention.ms': '-1' } }
  const topicSettings = Object.fromEntries(topics.map((topic) => [topic, kept]))
  const options = { profile, topics, topicSettings, physical, groupId: 'relay', sessionTimeoutMs: 6_000 }
  let driver: KafkaDriver

  beforeAll(async () => {
    driver = await openKafka(options)
    await driver.ensureTopology()
    execFileSync('java', program('SpringRelay', 'send', original), { stdio: ['ignore', 'ignore', 'inherit'] })
    const vcr = { cassette: 'relay', root, ci: false }
    await withVcr({ ...vcr, live: () => openKafka({ ...options, topics: ['original'], topicSettings: {} }) }, takeAll)
    const taken = await withVcr({ ...vcr, live: () => Promise.reject(new Error('there is no broker')) }, takeAll)
    for (const { envelope, metadata } of taken) {
      const message = decodeEnvelope(envelope)
      const { partition = null, timestamp = null } = metadata
      const properties = { ...message.properties, partition, timestamp }
      await driver.publish(encodeEnvelope({ ...message, topic: 'again', properties }))
    }
  })

  afterAll(async () => {
    await driver?.removeTopology()
    await driver?.close()
    rmSync(root, { recursive: true })
  })

  /** What a program prints of both topics; of each the lines of one partition, or of one key, are in order. */
  async function givenTo(args: readonly string[], lines: number): Promise<{ original: unknown[]; again: unknown[] }> {
    const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const given: Record<string, unknown[]> = { [original]: [], [again]: [] }
    let seen = 0
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        if (!line.startsWith('given ')) continue
        const [topic, ...what] = JSON.parse(line.slice(6)) as [string, ...unknown[]]
        given[topic]?.push(what)
        if (++seen === 2 * lines) break
      }
    } finally {
      child.kill('SIGKILL')
      await ended
    }
    const inOrder = (all: unknown[] = []): unknown[] =>
      all.toSorted((a, b) => String((a as unknown[])[0]).localeCompare(String((b as unknown[])[0])))
    return { original: inOrder(given[original]), again: inOrder(given[again]) }
  }

  test('a listener of Spring Kafka is given them as it was given the original ones', async () => {
    const given = await givenTo(program('SpringRelay', 'listen', physical('spring'), original, again), count)
    expect(given.original).toHaveLength(count)
    expect(JSON.stringify(given.original)).toContain('"SpringRelay$Order"')
    expect(given.again).toEqual(given.original)
  })

  test('a Kafka Streams application is given them, and counts them by their time, as the original ones', async () => {
    // Those with a key are counted.
    const lines = count + count - 1
    const given = await givenTo(program('StreamsRelay', physical('streams'), original, again), lines)
    expect(given.original).toHaveLength(lines)
    expect(given.again).toEqual(given.original)
  })
})

async function takeAll(driver: Driver): Promise<Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of driver.deliveries()) {
    taken.push(delivery)
    await delivery.settle('ack')
    if (taken.length === count) break
  }
  return taken
}
