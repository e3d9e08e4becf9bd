import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { openAmqp } from '../../src/index.ts'

/** A program of a framework: it sends messages, or says line by line what its listener was given of each. */
export interface Framework {
  readonly command: string
  /** Sends {@link count} messages to an exchange. */
  send(url: string, exchange: string, routingKey: string): readonly string[]
  /** Listens to queues; each line that is of interest begins with `given `, and its JSON with the queue or the routing key. */
  listen(url: string, queues: readonly string[]): readonly string[]
  readonly count: number
}

/** What the listener was given of the messages as they were sent, and of those published again from the replay. */
export interface Given {
  readonly original: readonly unknown[]
  readonly again: readonly unknown[]
}

/**
 * A framework sends messages to two queues. Its listener takes one; the other is recorded, replayed with no broker, and published
 * again from the replay to a queue that the same listener takes.
 */
export async function relayed({ command, count, ...framework }: Framework, port: number): Promise<Given> {
  const id = randomUUID()
  const [exchange, original, recorded, again] = ['x', 'original', 'recorded', 'again'].map(
    (name) => `${name}.${id}`,
  ) as [string, string, string, string]
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  const root = mkdtempSync(join(tmpdir(), 'x07-relay-'))
  const routingKey = 'tasks'
  const topology = {
    exchanges: [{ name: exchange, type: 'direct' }],
    queues: [{ name: original }, { name: recorded }, { name: again }],
    bindings: [original, recorded].map((queue) => ({ exchange, queue, routingKey })),
  }
  await using driver = await openAmqp({ url, topology })
  await driver.ensureTopology()
  const stdio = ['ignore', 'pipe', 'inherit'] as ('ignore' | 'pipe' | 'inherit')[]
  const listener = spawn(command, [...framework.listen(url, [original, again])], {
    stdio,
    env: { ...process.env, PYTHONWARNINGS: 'ignore' },
  })
  const ended = once(listener, 'exit')
  try {
    execFileSync(command, [...framework.send(url, exchange, routingKey)], { stdio: ['ignore', 'ignore', 'inherit'] })
    const options = { cassette: 'relay', root, ci: false }
    const take = (from: Driver): Promise<Uint8Array[]> => takeAll(from, count)
    await withVcr({ ...options, live: () => openAmqp({ url, topology, queues: [recorded] }) }, take)
    const replay = { ...options, live: () => Promise.reject(new Error('there is no broker')) }
    for (const envelope of await withVcr(replay, take)) {
      const message = decodeEnvelope(envelope)
      await driver.publish(encodeEnvelope({ ...message, topic: '', key: Buffer.from(again) }))
    }
    const given: { readonly original: unknown[]; readonly again: unknown[] } = { original: [], again: [] }
    for await (const line of createInterface({ input: listener.stdout! })) {
      // Frameworks say more on their standard output.
      if (!line.startsWith('given ')) continue
      const [from, ...what] = JSON.parse(line.slice(6)) as [string, ...unknown[]]
      given[from === again ? 'again' : 'original'].push(what)
      if (given.original.length + given.again.length === 2 * count) break
    }
    return given
  } finally {
    listener.kill('SIGKILL')
    await ended
    await driver.removeTopology()
    rmSync(root, { recursive: true })
  }
}

async function takeAll(driver: Driver, count: number): Promise<Uint8Array[]> {
  const envelopes: Uint8Array[] = []
  for await (const delivery of driver.deliveries()) {
    envelopes.push(delivery.envelope)
    await delivery.settle('ack')
    if (envelopes.length === count) break
  }
  return envelopes
}
