import { mkdtempSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeEnvelope, encodeEnvelope, openVcr, type Delivery, type Driver, type Message } from '@x07-lab/msg-core'
import { expect } from 'vitest'
import { openAmqp, readAmqpTopology } from '../../src/index.ts'

/** Topologies by the name of their driver, each without version and id. */
export type Topologies = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A program over one driver or several: what it gives is what it saw. */
export type Program<Name extends string> = (drivers: Readonly<Record<Name, Driver>>) => Promise<unknown>

export const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()

export function message(topic: string, key: string, value: string, over: Partial<Message> = {}): Uint8Array {
  return encodeEnvelope({ topic, key: Buffer.from(key), value: Buffer.from(value), headers: [], ...over })
}

/** Hands over deliveries until `body` says that it has enough. */
export async function each(
  driver: Driver,
  body: (delivery: Delivery, message: Message) => Promise<boolean>,
): Promise<void> {
  for await (const delivery of driver.deliveries()) {
    if (await body(delivery, decodeEnvelope(delivery.envelope))) return
  }
}

/** Acks `count` deliveries: queue and body of each. */
export async function take(driver: Driver, count: number): Promise<string[]> {
  const seen: string[] = []
  await each(driver, async (delivery, { value }) => {
    seen.push(`${String(delivery.metadata['queue'])} ${text(value)}`)
    await delivery.settle('ack')
    return seen.length === count
  })
  return seen
}

/** Records a program against the broker at `port`, with names of its own, and replays it with none: both must see `seen`. */
export async function recordAndReplay<const T extends Topologies>(
  port: number,
  topologies: T,
  program: Program<keyof T & string>,
  seen: unknown,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'topologies-'))
  const id = randomUUID()
  const connect = (topology: object) =>
    openAmqp({
      url: `amqp://guest:guest@127.0.0.1:${port}`,
      topology: readAmqpTopology({ schema_version: 'vcr.amqp.topology@0.1.0', id: 'scenario', v: 1, ...topology }),
      physical: (name) => `${name}.${id}`,
    })
  const run = async (open: (topology: object) => Promise<Driver>): Promise<unknown> => {
    const names = Object.keys(topologies) as (keyof T & string)[]
    const live = Object.fromEntries(names.map((name) => [name, () => open(topologies[name] ?? {})])) as Record<
      keyof T & string,
      () => Promise<Driver>
    >
    await using scope = await openVcr({ cassette: 'scenario.rrbin', root, ci: false, live })
    for (const name of names) await scope.drivers[name].ensureTopology()
    // Awaited here: the scope closes when this function ends.
    return await program(scope.drivers)
  }
  try {
    expect(await run(connect)).toEqual(seen)
    expect(await run(() => Promise.reject(new Error('a replay needs no broker')))).toEqual(seen)
  } finally {
    for (const topology of Object.values(topologies)) {
      await using cleaner = await connect(topology)
      await cleaner.removeTopology()
    }
    rmSync(root, { recursive: true })
  }
}
