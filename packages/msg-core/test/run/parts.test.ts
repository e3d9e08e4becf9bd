import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openReader as openFile } from '../../src/format/cassette/index.ts'
import { checkSeal, openReader } from '../../src/format/index.ts'
import { partAt } from '../../src/format/part.ts'
import { lastSeal } from '../../src/format/seal-form.ts'
import { encodeEnvelope, openMemory, openVcr, withVcr, type Driver, type VcrOptions } from '../../src/index.ts'

// A recording that outgrows one cassette: what fits four gigabytes elsewhere fits 40,000 bytes here.

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parts-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const limits = {
  maxCassetteBytes: 40_000n,
  maxEntries: 1_000,
  maxReqBytes: 10_000,
  maxRespBytes: 10_000,
  maxKeyBytes: 1_000,
}
const open = (more: Partial<VcrOptions> = {}) =>
  openVcr({ cassette: 'orders', root, ci: false, limits, live: () => Promise.resolve(openMemory()), log() {}, ...more })
const file = (name: string) => join(root, '.x07_rr', name)
const names = () => readdirSync(join(root, '.x07_rr')).sort()

/** Eight publishes are under way at any time, so that entries reach over the end of a part. */
async function program(driver: Driver, { count = 200, text = 'a' } = {}): Promise<string[]> {
  const seen: string[] = []
  const message = (n: number) =>
    encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(`${text}${n}`), headers: [] })
  const publishing = (async () => {
    for (let n = 0; n < count; n += 8) {
      await Promise.all(Array.from({ length: 8 }, (_, at) => driver.publish(message(n + at))))
    }
  })()
  for await (const delivery of driver.deliveries()) {
    seen.push(Buffer.from(delivery.envelope).toString('latin1'))
    await delivery.settle('ack')
    if (seen.length === count) break
  }
  await publishing
  return seen
}

async function publishUntilRefused(driver: Driver): Promise<void> {
  for (let n = 0; n < 400; n++) {
    await driver.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(String(n)), headers: [] }))
  }
}

async function record(more: Partial<VcrOptions> & { count?: number; text?: string } = {}): Promise<string[]> {
  const driver = await open({ mode: 'record', ...more })
  const seen = await program(driver, more)
  await driver.close()
  return seen
}

async function replay(more: Parameters<typeof program>[1] = {}): Promise<string[]> {
  const driver = await open({ mode: 'replay', live: () => Promise.reject(new Error('dialled')) })
  const seen = await program(driver, more)
  await driver.close()
  return seen
}

describe('a recording that outgrows its cassette', () => {
  test('goes on in the next part, each a whole cassette within the bound, and replays as one', async () => {
    const recorded = await record()
    expect(names()).toEqual(['orders.2.rrbin', 'orders.3.rrbin', 'orders.4.rrbin', 'orders.5.rrbin', 'orders.rrbin'])
    const seals = ['orders.rrbin', ...names().slice(0, 4)].map((name) => {
      using reader = openFile(file(name))
      expect(reader.bytes).toBeLessThanOrEqual(40_000)
      return lastSeal(reader)
    })
    expect(seals.map((seal) => seal?.['part'])).toEqual(
      [1, 2, 3, 4, 5].map((number) => ({
        number,
        ...(number === 5 ? { parts: 5 } : {}),
        ...(number === 1 ? {} : { previous_seal_sha256: seals[number - 2]?.seal_sha256 }),
      })),
    )
    expect(await replay()).toEqual(recorded)
    using whole = openReader(file('orders.rrbin'))
    expect(whole.parts).toHaveLength(5)
    expect(checkSeal(whole, file('orders.rrbin')).kind).toBe('sealed')
    // Entries of the port have two halves, and some begin in one part and end in the next.
    expect(whole.parts?.some(({ first }) => (whole.begin(first) ?? 0) < 2 * first)).toBe(true)
  })

  test('may end with a part that is its seal alone', async () => {
    for (let count = 64; count <= 120; count += 8) {
      await record({ count })
      expect(await replay({ count })).toHaveLength(count)
    }
  })

  test('has one part where it fits, as before', async () => {
    await record({ count: 8 })
    expect(names()).toEqual(['orders.rrbin'])
    expect(partAt(file('orders.rrbin'))).toBeUndefined()
  })

  test('is still refused an entry that no part has room for', async () => {
    const driver = await open({ mode: 'record', limits: { ...limits, maxCassetteBytes: 4_500n } })
    const large = encodeEnvelope({ topic: 'orders', key: null, value: Buffer.alloc(5_000), headers: [] })
    await expect(driver.publish(large)).rejects.toThrow('more than max_cassette_bytes 4500')
    await expect(driver.close()).rejects.toThrow()
  })
})

describe('nothing is acknowledged that the tape cannot hold:', () => {
  test.each([
    ['maxEntries', 1, 2004, 'record orders.rrbin: max_entries is 1, must be at least 2: an entry and the seal take 2'],
    ['maxKeyBytes', 5, 2007, 'record orders.rrbin: max_key_bytes is 5, must be at least 6: the key of the seal has 6'],
  ] as const)('%s %d leaves no room for a seal, and no broker is asked', async (limit, value, code, message) => {
    const live = () => Promise.reject(new Error('the broker was asked'))
    await expect(open({ limits: { ...limits, [limit]: value }, live })).rejects.toMatchObject({ code, message })
    expect(existsSync(join(root, '.x07_rr'))).toBe(false)
  })

  test('a delivery that no part could hold beside its seal is still the broker’s', async () => {
    const memory = await openMemory()
    await memory.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from('a'), headers: [] }))
    let settled = 0
    const live = async (): Promise<Driver> => ({
      wire: memory.wire,
      endpoint: memory.endpoint,
      ensureTopology: () => memory.ensureTopology(),
      publish: (envelope) => memory.publish(envelope),
      async *deliveries(options) {
        for await (const delivery of memory.deliveries(options)) {
          const settle = () => Promise.resolve(void settled++)
          yield { envelope: delivery.envelope, metadata: delivery.metadata, settle }
        }
      },
      close: () => memory.close(),
      [Symbol.asyncDispose]: () => memory.close(),
    })
    const driver = await open({ limits: { ...limits, maxCassetteBytes: 900n }, live })
    const { value: delivery } = await driver.deliveries()[Symbol.asyncIterator]().next()
    await expect(delivery.settle('ack')).rejects.toMatchObject({ code: 2003 })
    await expect(driver.close()).rejects.toMatchObject({ code: 2003 })
    expect(settled).toBe(0)
  })
})

describe('a recording in parts is refused where', () => {
  const refusals: [why: string, harm: () => Promise<void> | void, message: string][] = [
    [
      'one is missing',
      () => rmSync(file('orders.3.rrbin')),
      'it goes on in part 3, and orders.3.rrbin is not there or empty',
    ],
    [
      'the last is missing',
      () => rmSync(file('orders.5.rrbin')),
      'it goes on in part 5, and orders.5.rrbin is not there',
    ],
    ['two are swapped', () => swap('orders.2.rrbin', 'orders.3.rrbin'), 'orders.2.rrbin is not its part 2 but part 3'],
    [
      'one is of another recording',
      () => foreign('orders.3.rrbin'),
      'orders.3.rrbin is not its part 3 but that of another',
    ],
    [
      'the first is of another recording',
      () => foreign('orders.rrbin'),
      'orders.2.rrbin is not its part 2 but that of another',
    ],
    [
      'one is a recording of its own',
      async () => {
        await record({ cassette: 'alone', count: 8 })
        renameSync(file('alone.rrbin'), file('orders.2.rrbin'))
      },
      'orders.2.rrbin is not its part 2 but a recording of its own',
    ],
    [
      'a byte of a part changed',
      () => {
        const bytes = readFileSync(file('orders.4.rrbin'))
        bytes.write('b', bytes.lastIndexOf('orders'))
        writeFileSync(file('orders.4.rrbin'), bytes)
      },
      'part 4: the bytes that the seal covers have changed',
    ],
  ]
  function swap(a: string, b: string): void {
    renameSync(file(a), file('aside'))
    renameSync(file(b), file(a))
    renameSync(file('aside'), file(b))
  }
  async function foreign(name: string): Promise<void> {
    await record({ cassette: 'other' })
    copyFileSync(file(name.replace('orders', 'other')), file(name))
  }

  test.each(refusals)('%s', async (_why, harm, message) => {
    await record()
    await harm()
    await expect(replay()).rejects.toThrow(message)
  })

  test('a later one is named', async () => {
    await record()
    const driver = open({ cassette: 'orders.2', mode: 'replay' })
    await expect(driver).rejects.toThrow('it is part 2 of a recording; name the first part')
    await expect(open({ cassette: 'orders.2', mode: 'record' })).rejects.toThrow('a part of another recording is there')
  })
})

describe('the names of the parts', () => {
  test('those of a longer recording that is replaced are gone', async () => {
    await record()
    const recorded = await record({ count: 48, text: 'b' })
    expect(names()).toEqual(['orders.2.rrbin', 'orders.rrbin'])
    expect(await replay({ count: 48, text: 'b' })).toEqual(recorded)
    await record({ count: 8 })
    expect(names()).toEqual(['orders.rrbin'])
  })

  test('a cassette whose name reads like a part is neither overwritten nor removed', async () => {
    await record({ cassette: 'orders.2', count: 8 })
    const before = readFileSync(file('orders.2.rrbin'))
    const driver = await open({ mode: 'record' })
    const message = 'go on in orders.2.rrbin, where another recording is; move that one away'
    await expect(publishUntilRefused(driver)).rejects.toThrow(message)
    await expect(driver.close()).rejects.toThrow(message)
    await record({ count: 8 })
    expect(readFileSync(file('orders.2.rrbin'))).toEqual(before)
  })

  test('where the process died between two renames, the old and the new are not read as one', async () => {
    await record({ text: 'old' })
    await record({ cassette: 'new', text: 'new' })
    for (let part = 5; part > 1; part--) {
      renameSync(file(`new.${part}.rrbin`), file(`orders.${part}.rrbin`))
      await expect(replay({ text: 'old' })).rejects.toThrow('is not its part')
    }
    renameSync(file('new.rrbin'), file('orders.rrbin'))
    expect(await replay({ text: 'new' })).toHaveLength(200)
  })

  test('a recording that did not come to its end keeps all its parts, and they can be looked at as one', async () => {
    const told: string[] = []
    const options = { cassette: 'orders', root, ci: false, limits, live: () => Promise.resolve(openMemory()) }
    const failing = withVcr({ ...options, log: (_level, message) => told.push(message) }, async (driver) => {
      await program(driver)
      throw new Error('the program failed')
    })
    await expect(failing).rejects.toThrow('the program failed')
    expect(told).toEqual([
      expect.stringMatching(/is in \.x07_rr\/orders\.[0-9a-f]{8}\.partial\.rrbin and its 4 further parts/),
    ])
    const partial = names().filter((name) => name.endsWith('.partial.rrbin'))
    expect(partial).toEqual(names())
    using whole = openReader(file(partial.at(-1) ?? ''))
    expect(whole.parts).toHaveLength(5)
  })
})
