import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeEntry, encodeEntry, openReader } from '../../src/format/index.ts'
import { encodeEnvelope, openMemory, openVcr, type Driver, type VcrOptions } from '../../src/index.ts'

let root = ''
let dialled = 0
let told: string[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vcr-'))
  dialled = 0
  told = []
})
afterEach(() => rmSync(root, { recursive: true }))

const open = (more: Partial<VcrOptions> = {}) =>
  openVcr({
    cassette: 'orders.rrbin',
    root,
    ci: false,
    live: () => {
      dialled++
      return openMemory()
    },
    log: (_level, message) => told.push(message),
    ...more,
  })

/** Publishes `count` messages, consumes as many, and leaves one delivery unsettled on the way. */
async function program(driver: Driver, count = 3): Promise<string[]> {
  const seen: string[] = []
  for (let n = 0; n < count; n++) {
    const value = Buffer.from(String(n))
    await driver.publish(encodeEnvelope({ topic: 'orders', key: null, value, headers: [] }))
  }
  for await (const delivery of driver.deliveries()) {
    seen.push(Buffer.from(delivery.envelope).toString('latin1'))
    await delivery.settle('ack')
    if (seen.length === count) break
  }
  return seen
}

function framed(document: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(document.length)
  return Buffer.concat([size, document])
}

describe('openVcr', () => {
  test('records the first time and replays from then on, without opening the broker', async () => {
    const first = await open()
    expect(first.mode).toBe('record')
    const live = await program(first)
    await first.close()

    const second = await open()
    expect(second.mode).toBe('replay')
    expect(await program(second)).toEqual(live)
    expect(second.report()).toMatchObject({ divergences: [], divergenceCount: 0 })
    await second.close()
    expect(dialled).toBe(1)
  })

  test('a delivery that was never settled does not confuse the order of the others', async () => {
    await using first = await open()
    await first.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from('x'), headers: [] }))
    const unsettled = first.deliveries()[Symbol.asyncIterator]()
    await unsettled.next()
    await unsettled.return?.()
    await first.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from('y'), headers: [] }))
    await first.close()

    await using second = await open()
    await second.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from('x'), headers: [] }))
    for await (const _ of second.deliveries()) break
    await second.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from('y'), headers: [] }))
    expect(second.report().divergenceCount).toBe(0)
  })

  test('in CI a missing cassette is an error, and nothing is dialled', async () => {
    await expect(open({ ci: true })).rejects.toThrow(
      'replay orders.rrbin: there is no such cassette, and CI never records; record it on a machine with the broker and commit it',
    )
    await expect(open({ ci: true, mode: 'record' })).rejects.toThrow(
      'record orders.rrbin: CI is set, and CI never records',
    )
    expect(dialled).toBe(0)
    expect(existsSync(join(root, '.x07_rr'))).toBe(false)
  })

  test('a changed byte is refused before anything is replayed', async () => {
    const driver = await open()
    await program(driver)
    await driver.close()
    const path = join(root, '.x07_rr', 'orders.rrbin')
    const bytes = readFileSync(path)
    const at = bytes.indexOf('orders')
    bytes[at] = 'O'.charCodeAt(0)
    writeFileSync(path, bytes)
    await expect(open()).rejects.toThrow(
      'replay orders.rrbin: the bytes that the seal covers have changed since it was recorded; restore it, or record it again',
    )
  })

  test('a recording cut between two entries is refused, one that another program made without a seal is not', async () => {
    const driver = await open()
    await program(driver)
    await driver.close()
    const path = join(root, '.x07_rr', 'orders.rrbin')
    const entries = openReader(path)
    const [first, second] = [entries.entry(0), entries.entry(1)]
    entries.close()
    writeFileSync(path, Buffer.concat([framed(first), framed(second)]))
    await expect(open()).rejects.toThrow(
      'replay orders.rrbin: it has no seal, so that it was cut short or its recording never ended; restore it, or record it again',
    )
    const { seq: _, ...foreign } = decodeEntry(first)
    writeFileSync(path, framed(encodeEntry(foreign)))
    await using replayed = await open({ onDivergence: 'report' })
    expect(replayed.mode).toBe('replay')
  })

  test('a recording has its name from its close on; one that was never closed is recorded again', async () => {
    const files = (): string[] => readdirSync(join(root, '.x07_rr'))
    const crashed = await open()
    await program(crashed)
    expect(files()).toEqual([expect.stringMatching(/^orders\.[0-9a-f]{8}\.partial\.rrbin$/)])

    const next = await open()
    expect(next.mode).toBe('record')
    await program(next)
    await next.close()
    expect(files()).toContain('orders.rrbin')
    await using third = await open({ onDivergence: 'report' })
    expect(third.mode).toBe('replay')
  })

  test('recording anew leaves the old cassette as it is until the close', async () => {
    const path = join(root, '.x07_rr', 'orders.rrbin')
    const first = await open()
    await program(first)
    await first.close()
    const before = readFileSync(path)

    const second = await open({ mode: 'record' })
    await program(second, 1)
    expect(readFileSync(path).equals(before)).toBe(true)
    await second.close()
    expect(readFileSync(path).equals(before)).toBe(false)
    expect(readdirSync(join(root, '.x07_rr'))).toEqual(['orders.rrbin'])
  })

  test.each(['record', 'auto'] as const)(
    'of four recordings at once (mode %s) one has the name, and none is lost',
    async (mode) => {
      if (mode === 'record') {
        await using old = await open()
        await program(old)
      }
      const drivers = [await open({ mode }), await open({ mode }), await open({ mode }), await open({ mode })]
      for (const [index, driver] of drivers.entries()) await program(driver, index + 1)
      const ends = await Promise.allSettled(drivers.map((driver) => driver.close()))
      expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
      const files = readdirSync(join(root, '.x07_rr'))
      expect(files).toHaveLength(4)
      const counts = files.map((file) => {
        using reader = openReader(join(root, '.x07_rr', file))
        return reader.count
      })
      // Two entries a message, the iteration, and the seal.
      expect(counts.sort((a, b) => a - b)).toEqual([4, 6, 8, 10])
    },
  )

  test('of two recordings at once the first to end stands, and the other is kept and told so', async () => {
    const [first, second] = [await open(), await open()]
    await program(first, 3)
    await program(second, 2)
    await first.close()
    await expect(second.close()).rejects.toThrow(
      /^record orders\.rrbin: another recording of it ended in the meantime and stands; this one is in \.x07_rr\/orders\.[0-9a-f]{8}\.partial\.rrbin; give every program a cassette of its own$/,
    )
    const [partial = ''] = readdirSync(join(root, '.x07_rr')).filter((name) => name.includes('partial'))
    renameSync(join(root, '.x07_rr', partial), join(root, '.x07_rr', 'others.rrbin'))
    for (const [cassette, count] of [['orders.rrbin', 3] as const, ['others.rrbin', 2] as const]) {
      await using replay = await open({ cassette })
      await program(replay, count)
      expect(replay.report().divergenceCount).toBe(0)
    }
  })

  test.each(['orders', './orders.rrbin', '.x07_rr/orders', './.x07_rr/orders.rrbin'])(
    'a cassette called %s is orders.rrbin',
    async (cassette) => {
      const first = await open({ cassette })
      await program(first)
      await first.close()
      expect(readdirSync(join(root, '.x07_rr'))).toEqual(['orders.rrbin'])
      for (const name of [cassette, 'orders.rrbin']) {
        await using second = await open({ cassette: name, mode: 'replay' })
        await program(second)
      }
    },
  )

  test('a file that X07 gave another ending is found by its whole name', async () => {
    const first = await open()
    await program(first)
    await first.close()
    renameSync(join(root, '.x07_rr', 'orders.rrbin'), join(root, '.x07_rr', 'orders'))
    await using second = await open({ cassette: 'orders' })
    expect(second.mode).toBe('replay')
    await program(second)
  })

  test('a name of recordings that are not complete cannot be recorded under', async () => {
    await expect(open({ cassette: 'orders.partial.rrbin' })).rejects.toThrow(
      'record orders.partial.rrbin: .partial.rrbin is the ending of recordings that are not complete; name it "orders.rrbin"',
    )
    expect(dialled).toBe(0)
  })

  test('a whole recording under such a name is not replayed: its run refused to take it', async () => {
    const driver = await open()
    await program(driver)
    await driver.close()
    const partial = 'orders.0123abcd.partial.rrbin'
    renameSync(join(root, '.x07_rr', 'orders.rrbin'), join(root, '.x07_rr', partial))
    const replay = open({ cassette: partial, mode: 'replay' })
    await expect(replay).rejects.toMatchObject({ code: 'unsealed', message: expect.stringContaining('did not end') })
  })

  test('mode record_new never overwrites', async () => {
    const first = await open({ mode: 'record_new' })
    await program(first)
    await first.close()
    await expect(open({ mode: 'record_new' })).rejects.toThrow(
      'record orders.rrbin: it holds a recording, and mode record_new never overwrites; give another name, or mode "record" to replace it',
    )
    expect(dialled).toBe(1)
  })

  test('disposing completes a first recording, and never replaces one: it cannot know whether the program failed', async () => {
    {
      await using driver = await open()
      await program(driver)
    }
    const path = join(root, '.x07_rr', 'orders.rrbin')
    const before = readFileSync(path)
    const again = async (): Promise<void> => {
      await using driver = await open({ mode: 'record' })
      await program(driver, 1)
      throw new Error('the program failed')
    }
    await expect(again()).rejects.toThrow('the program failed')
    expect(readFileSync(path).equals(before)).toBe(true)
    const [partial = ''] = readdirSync(join(root, '.x07_rr')).filter((name) => name.includes('partial'))
    expect(told).toEqual([
      `record orders.rrbin: nobody said that the program came to its end: call close() there, or use withVcr, to replace the cassette; what was recorded until then is in .x07_rr/${partial}, .x07_rr/orders.rrbin is as it was`,
    ])
    await expect(open({ cassette: partial, mode: 'replay' })).rejects.toThrow('it has no seal')
    await using replayed = await open()
    await program(replayed)
  })

  test('an entry over a limit ends the recording: nothing follows, nothing is sealed, and the close tells', async () => {
    const limits = {
      maxCassetteBytes: 1_000_000n,
      maxEntries: 100,
      maxReqBytes: 200,
      maxRespBytes: 4_000,
      maxKeyBytes: 100,
    }
    const driver = await open({ limits })
    await program(driver, 1)
    const large = encodeEnvelope({ topic: 'orders', key: null, value: Buffer.alloc(300), headers: [] })
    await expect(driver.publish(large)).rejects.toMatchObject({ code: 2005 })
    await expect(program(driver, 1)).rejects.toMatchObject({ code: 2005 })
    await expect(driver.close()).rejects.toThrow(
      /max_req_bytes 200.*; what was recorded until then is in \.x07_rr\/orders\.[0-9a-f]{8}\.partial\.rrbin$/,
    )
    expect(existsSync(join(root, '.x07_rr', 'orders.rrbin'))).toBe(false)
  })

  test('where the second of two drivers cannot be opened the first is closed, and no file is left', async () => {
    let closed = 0
    const first = async (): Promise<Driver> => {
      const memory = await openMemory()
      const close = async (): Promise<void> => {
        closed++
        await memory.close()
      }
      return {
        wire: memory.wire,
        endpoint: memory.endpoint,
        ensureTopology: () => memory.ensureTopology(),
        publish: (envelope) => memory.publish(envelope),
        deliveries: (options) => memory.deliveries(options),
        close,
        [Symbol.asyncDispose]: close,
      }
    }
    const second = (): Promise<Driver> => Promise.reject(new Error('no broker'))
    await expect(openVcr({ cassette: 'two', root, ci: false, live: { first, second } })).rejects.toThrow('no broker')
    expect([closed, readdirSync(join(root, '.x07_rr'))]).toEqual([1, []])
  })

  test('a program that did nothing leaves no cassette, and is told', async () => {
    const driver = await open()
    await driver.close()
    expect(readdirSync(join(root, '.x07_rr'))).toEqual([])
    expect(told).toEqual(['record orders.rrbin: nothing was recorded, so there is no new cassette'])
  })

  test('a cassette may lie in a folder below, which is made', async () => {
    const first = await open({ cassette: 'shop/eu/orders.rrbin' })
    await program(first)
    await first.close()
    await using second = await open({ cassette: 'shop/eu/orders.rrbin', onDivergence: 'report' })
    expect(second.mode).toBe('replay')
  })

  test('no folder is made through a symlink', async () => {
    mkdirSync(join(root, '.x07_rr'))
    mkdirSync(join(root, 'elsewhere'))
    symlinkSync(join(root, 'elsewhere'), join(root, '.x07_rr', 'link'))
    await expect(open({ cassette: 'link/shop/orders.rrbin' })).rejects.toMatchObject({ code: 2002 })
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([])
    expect(dialled).toBe(0)
  })

  test('nothing is recorded where .x07_rr leads out of the project, and what is there is replayed', async () => {
    const first = await open()
    await program(first)
    await first.close()
    const [project, elsewhere] = [join(root, 'project'), join(root, 'elsewhere')]
    mkdirSync(project)
    renameSync(join(root, '.x07_rr'), elsewhere)
    symlinkSync('../elsewhere', join(project, '.x07_rr'))
    const before = readdirSync(elsewhere)
    await expect(open({ root: project, cassette: 'new' })).rejects.toThrow(
      'record: .x07_rr/ is a symlink that leads out of the project; put the folder itself there',
    )
    expect(readdirSync(elsewhere)).toEqual(before)
    await using second = await open({ root: project, onDivergence: 'report' })
    expect(second.mode).toBe('replay')
  })

  test('another mode than the three records over nothing', async () => {
    const first = await open()
    await program(first)
    await first.close()
    const before = readFileSync(join(root, '.x07_rr', 'orders.rrbin'))
    await expect(open({ mode: 'none' as 'replay' })).rejects.toThrow(
      'open cassette orders.rrbin: mode "none" must be one of auto, record, record_new, record_missing, replay',
    )
    expect(readFileSync(join(root, '.x07_rr', 'orders.rrbin')).equals(before)).toBe(true)
  })

  test('a name that is too long is told before the broker is dialled', async () => {
    const cassette = `${'x'.repeat(300)}.rrbin`
    await expect(open({ cassette })).rejects.toThrow(
      `record ${cassette}: no file can be made there (ENAMETOOLONG); check its name, its folder and their permissions`,
    )
    expect(dialled).toBe(0)
  })

  test('a name that cannot be is refused before the broker is dialled, as it was given', async () => {
    await expect(open({ cassette: '../orders.rrbin' })).rejects.toThrow('../orders.rrbin')
    expect(dialled).toBe(0)
  })
})

describe('match rules under arch/vcr', () => {
  const rules = (more: object): void => {
    mkdirSync(join(root, 'arch/vcr'), { recursive: true })
    const document = { schema_version: 'vcr.match@0.1.0', id: 'orders', v: 1, ...more }
    writeFileSync(join(root, 'arch/vcr/orders.match.json'), JSON.stringify(document))
  }
  const publish = async (driver: Driver, value: string): Promise<void> => {
    await driver.publish(encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(value), headers: [] }))
    await driver.close()
  }

  test('hold for the cassettes they name, beside those of the program', async () => {
    await publish(await open(), '1')
    await expect(publish(await open(), '2')).rejects.toThrow('value')
    rules({ cassettes: ['orders'], rules: [{ ignore: ['value'], reason: 'a number of each run' }] })
    await publish(await open(), '2')
    rules({ cassettes: ['other'], rules: [{ ignore: ['value'] }] })
    await expect(publish(await open(), '2')).rejects.toThrow('value')
    rules({ rules: [{ key: 'another-endpoint', ignore: ['value'] }] })
    await expect(publish(await open(), '2')).rejects.toThrow('value')
  })

  test('are refused by the field that is wrong', async () => {
    await publish(await open(), '1')
    rules({ rules: [{ ignored: ['value'] }] })
    await expect(open()).rejects.toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message:
          'read arch/vcr/orders.match.json: rules[0] has an unknown field "ignored", did you mean "ignore"? it may have key, act, order, ignore, bind, reason',
      }),
    )
  })

  test('that no replay could read end a recording before the broker is dialled', async () => {
    rules({ rules: [{ order: 'any' }] })
    await expect(open()).rejects.toThrow(/^read arch\/vcr\/orders\.match\.json: rules/)
    expect(dialled).toBe(0)
  })

  test('are not quoted where they are not JSON: the file may be a link to another', async () => {
    await publish(await open(), '1')
    mkdirSync(join(root, 'arch/vcr'), { recursive: true })
    writeFileSync(join(root, 'elsewhere'), 'precious words')
    symlinkSync('../../elsewhere', join(root, 'arch/vcr/orders.match.json'))
    await expect(open()).rejects.toThrow(
      /^read arch\/vcr\/orders\.match\.json: it is not JSON: line 1, column 1: (?!.*precious)/,
    )
  })
})

describe('messages that the broker lost', () => {
  /** Confirms every message, loses the second one, and says what is left. */
  const losing = (left: 'nothing' | 'something') => async (): Promise<Driver> => {
    const memory = await openMemory()
    const live = memory.publish.bind(memory)
    let calls = 0
    return Object.assign(memory, {
      remaining: () => Promise.resolve(left),
      publish: async (envelope: Uint8Array) =>
        calls++ === 1 ? { status: 'confirmed' as const, answer: {} } : live(envelope),
    })
  }

  test('end the iteration within the time, and the recording is not whole', async () => {
    const driver = await open({ live: losing('nothing'), lostAfterMs: 20 })
    const lost = {
      code: 'timeout',
      message: expect.stringMatching(
        /^consume from memory\w*: 1 messages that this run published did not come, none did for 0\.02 s, and the broker has no more: it lost them/,
      ),
    }
    await expect(program(driver)).rejects.toMatchObject(lost)
    await expect(driver.close()).rejects.toMatchObject(lost)
    expect(readdirSync(join(root, '.x07_rr'))).toEqual([expect.stringMatching(/^orders\.[0-9a-f]{8}\.partial\.rrbin$/)])
    expect(told).toEqual([expect.stringContaining('record orders.rrbin: the broker lost messages; what was recorded')])
  })

  test('are waited for while the broker has something, or none of their topic ever came', async () => {
    const stop = new AbortController()
    const driver = await open({ live: losing('something'), lostAfterMs: 5 })
    setTimeout(() => stop.abort(), 100)
    await driver.publish(encodeEnvelope({ topic: 'orders', key: null, value: null, headers: [] }))
    await driver.publish(encodeEnvelope({ topic: 'orders', key: null, value: null, headers: [] }))
    for await (const delivery of driver.deliveries({ signal: stop.signal })) await delivery.settle('ack')
    await driver.close()
    expect(told).toEqual([])
  })
})
