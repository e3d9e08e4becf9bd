import { afterEach, describe, expect, test } from 'vitest'
import { DriverError, encodeEnvelope, openMemory, type Driver, type PublishResult } from '../../../src/index.ts'
import { encodeRecord } from '../../../src/format/record/index.ts'
import { recording, type RecordingSink } from '../../../src/port/recording/index.ts'
import { describeDivergence, replaying, type ReplayingOptions } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanup.splice(0)) remove()
})

async function recorded(write: (sink: RecordingSink) => void | Promise<void>) {
  const { reader, remove } = await cassetteOf(write)
  cleanup.push(remove)
  return reader
}

/** A replay whose report is read here. */
const played = (cassette: Parameters<typeof replaying>[0], options: ReplayingOptions = {}) =>
  replaying(cassette, { onDivergence: 'report', ...options })

const event = (n: number, note = 'x') =>
  encodeEnvelope({
    topic: 'lab.events',
    key: Buffer.from(`k${n % 3}`),
    value: Buffer.from(`{"n":${n},"note":"${note}"}`),
    headers: [['message-id', String(n)]],
  })

/** A program: publishes `count` messages one by one while it consumes them, and says what either half saw. */
async function run(driver: Driver, count: number, make = event): Promise<{ published: string[]; got: string[] }> {
  const published: string[] = []
  const got: string[] = []
  const publishing = (async () => {
    for (let n = 0; n < count; n++) {
      const result = await driver.publish(make(n))
      published.push(`${n} ${result.status} ${JSON.stringify(answer(result))}`)
    }
  })()
  let left = count
  for await (const delivery of driver.deliveries()) {
    got.push(`${Buffer.from(delivery.envelope).toString('latin1')} ${JSON.stringify(delivery.metadata)}`)
    await delivery.settle('ack')
    if (--left === 0) break
  }
  await publishing
  return { published, got }
}

/** One message out, and back in. */
async function oneByOne(driver: Driver): Promise<void> {
  await driver.publish(event(0))
  for await (const delivery of driver.deliveries()) {
    await delivery.settle('ack')
    break
  }
}

/** A publish as X07's own driver writes it. */
const publishEntry = (envelope: Uint8Array, endpoint: string) => ({
  kind: 'rr',
  op: 'std.msg.amqp.publish_env_v1',
  key: 'orders_v1',
  req: envelope,
  resp: encodeRecord({
    opTag: 1,
    driverKind: 2,
    endpoint: Buffer.from(endpoint),
    envelope,
    ackTag: 1,
    ack: Buffer.from('OK'),
  }),
  err: 0,
})

function answer(result: PublishResult): unknown {
  return result.status === 'confirmed' ? result.answer : result.reason
}

describe('replaying', () => {
  test('what a program does right after a settle comes before the answers that came after the settle', async () => {
    const play = async (driver: Driver): Promise<string[]> => {
      const did: string[] = []
      await driver.publish(event(0))
      const second = driver.publish(event(1)).then(() => did.push('heard of the second publish'))
      for await (const delivery of driver.deliveries()) {
        await delivery.settle('ack')
        did.push('settled')
        break
      }
      await second
      return did
    }
    let published = 0
    const cassette = await recorded(async (sink) => {
      const live = await openMemory()
      const slow: Driver = {
        wire: live.wire,
        endpoint: live.endpoint,
        ensureTopology: () => live.ensureTopology(),
        deliveries: (options) => live.deliveries(options),
        close: () => live.close(),
        [Symbol.asyncDispose]: () => live.close(),
        publish: async (envelope) => {
          const result = await live.publish(envelope)
          if (++published === 2) await new Promise<void>((resolve) => setImmediate(resolve))
          return result
        },
      }
      expect(await play(recording(slow, sink))).toEqual(['settled', 'heard of the second publish'])
    })
    expect(await play(played(cassette))).toEqual(['settled', 'heard of the second publish'])
  })

  test('refuses bytes that are no envelope as a live driver does, and they take no place', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await run(driver, 2)
    })
    await using driver = played(cassette)
    await expect(driver.publish(Buffer.from('no envelope'))).rejects.toMatchObject({ name: 'CodecError' })
    await run(driver, 2)
    await expect(driver.publish(Buffer.from('no envelope'))).rejects.toMatchObject({ name: 'CodecError' })
    expect(driver.report()).toMatchObject({ divergences: [], divergenceCount: 0 })
  })

  test('gives the program what it was given live: answers, deliveries, metadata and their order', async () => {
    let live: unknown
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      live = await run(driver, 20)
    })
    // And the iteration.
    expect(cassette.count).toBe(41)
    await using driver = played(cassette)
    expect(await run(driver, 20)).toEqual(live)
    expect(driver.report()).toMatchObject({ divergences: [], divergenceCount: 0 })
  })

  test('the observer hears the same numbers in recording and in replay', async () => {
    const live: unknown[] = []
    const again: unknown[] = []
    const observer = (log: unknown[]) => ({
      published: (status: string, envelope: Uint8Array, ticks: number) => log.push([status, envelope.length, ticks]),
      settled: (outcome: string, envelope: Uint8Array, ticks: number) => log.push([outcome, envelope.length, ticks]),
      failed: (call: string, ticks: number) => log.push([call, ticks]),
    })
    let clock = 0
    const cassette = await recorded(async (sink) => {
      const driver = recording(await openMemory(), sink, { now: () => (clock += 7.5), observer: observer(live) })
      await run(driver, 5)
      await driver.close()
    })
    await using driver = played(cassette, { observer: observer(again) })
    await run(driver, 5)
    const order = (log: unknown[]) => log.map((one) => JSON.stringify(one)).sort()
    expect(order(again)).toEqual(order(live))
    expect(live).toHaveLength(10)
  })

  test('a delivery waits until the program has published what it had published by then', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await run(driver, 1)
    })
    await using driver = played(cassette)
    let arrived = false
    const deliveries = driver.deliveries()[Symbol.asyncIterator]()
    const first = deliveries.next().then((step) => {
      arrived = true
      return step
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(arrived).toBe(false)
    await driver.publish(event(0))
    expect((await first).done).toBe(false)
  })

  test('a changed message gets the recorded answer and a divergence that names field and values', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await run(driver, 3)
    })
    await using driver = played(cassette)
    await run(driver, 3, (n) => event(n, n === 1 ? 'y' : 'x'))
    const { divergences } = driver.report()
    expect(divergences).toEqual([
      {
        kind: 'changed',
        op: 'std.msg.amqp.publish_env_v1',
        key: 'memory_v1',
        entry: divergences[0]?.kind === 'changed' ? divergences[0].entry : -1,
        differences: [{ field: 'value/note', recorded: '"x"', now: '"y"' }],
      },
    ])
    expect(describeDivergence(divergences[0]!)).toMatch(
      /^std\.msg\.amqp\.publish_env_v1 of memory_v1: the message differs from entry \d: value\/note was "x", is "y"$/,
    )
  })

  test('messages nested deeper than any stack are compared, level by level as far as a person reads', async () => {
    const nested = (inner: string): Uint8Array =>
      encodeEnvelope({
        topic: 'lab.events',
        key: null,
        value: Buffer.from(`${'['.repeat(100_000)}${inner}${']'.repeat(100_000)}`),
        headers: [],
      })
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await driver.publish(nested(''))
    })
    await using driver = played(cassette)
    await driver.publish(nested('1'))
    const { divergences } = driver.report()
    const field = `value${'/0'.repeat(64)}`
    expect(divergences).toMatchObject([{ differences: [{ field }] }])
  })

  test('a publish beyond the recording fails, one that never comes is reported as unused', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      for (const n of [0, 1]) await driver.publish(event(n))
    })
    await using more = played(cassette)
    for (const n of [0, 1]) await more.publish(event(n))
    await expect(more.publish(event(2))).rejects.toThrow(
      'replay of memory_v1: the program publishes more than the 2 messages recorded (the next: lab.events, key "k2", value {"n":2,"note":"x"}); record the run again if that is meant',
    )
    expect(more.report().divergences).toMatchObject([{ kind: 'extra', before: null }])

    const again = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      for (const n of [0, 1]) await driver.publish(event(n))
    })
    await using fewer = played(again)
    await fewer.publish(event(0))
    expect(fewer.report().divergences).toMatchObject([{ kind: 'unused', count: 1, entry: 1 }])
  })

  test('another outcome than the recorded one is a divergence', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await oneByOne(driver)
    })
    await using driver = played(cassette)
    await driver.publish(event(0))
    for await (const delivery of driver.deliveries()) {
      await delivery.settle('reject')
      break
    }
    expect(driver.report().divergences).toMatchObject([{ kind: 'settled_differently', recorded: 'ack', now: 'reject' }])
  })

  test('recorded failures fail again, with code, number and text', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory({ maxBodyBytes: 200 }), sink)
      await driver.publish(event(0))
      await expect(driver.publish(event(1, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'too_large' })
    })
    await using driver = played(cassette)
    await driver.publish(event(0))
    const failure: unknown = await driver.publish(event(1, 'x'.repeat(300))).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(DriverError)
    expect(failure).toMatchObject({ code: 'too_large', errno: 9906 })
    expect(String(failure)).toMatch(/max_body_bytes is 200$/)
  })

  test('a program that waits for what never comes is told so', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await run(driver, 2)
    })
    await using driver = played(cassette, { stallMs: 20 })
    await expect(driver.deliveries()[Symbol.asyncIterator]().next()).rejects.toThrow(
      /nothing moved for \d+ ms; the recording goes on when the program publishes the message of entry \d/,
    )
  })

  test('an answer and a delivery have the properties that a live driver gives them', async () => {
    const cassette = await recorded(async (sink) => {
      await using driver = recording(await openMemory(), sink)
      await oneByOne(driver)
    })
    await using driver = played(cassette)
    const result = await driver.publish(event(0))
    expect({ ...result }).toEqual({ status: 'confirmed', answer: { position: '0' } })
    for await (const delivery of driver.deliveries()) {
      expect({ ...delivery }).toMatchObject({ metadata: { position: '0', redelivered: false } })
      await delivery.settle('ack')
      break
    }
  })

  test('messages of another endpoint that nobody plays are reported, unless one endpoint was asked for', async () => {
    const cassette = await recorded(async (sink) => {
      for (const endpoint of ['one', 'two']) {
        await using driver = recording(await openMemory({ endpoint }), sink)
        await driver.publish(event(0))
      }
    })
    await using first = played(cassette)
    await first.publish(event(0))
    expect(first.report().divergences).toMatchObject([{ kind: 'unused', key: 'two', count: 1 }])
    await using second = played(cassette, { endpoint: 'two' })
    await second.publish(event(0))
    expect(second.report().divergences).toEqual([])
  })

  test('a cassette of X07, without begin positions, replays with free order across its lanes', async () => {
    const names = {
      endpoint: Buffer.from('local_dev_v1'),
      envelope: Buffer.from('ENV'),
      ackTag: 1,
      ack: Buffer.from('OK'),
    }
    const entry = (op: string, opTag: number) => ({
      kind: 'rr',
      op,
      key: 'local_dev_v1',
      req: names.envelope,
      resp: encodeRecord({ ...names, opTag, driverKind: 1 }),
    })
    const cassette = await recorded((sink) => {
      sink.appendEntry(entry('std.msg.kafka.publish_env_v1', 1))
      sink.appendEntry(entry('std.msg.kafka.poll_env_v1', 2))
    })
    await using driver = played(cassette)
    expect([driver.wire, driver.endpoint]).toEqual(['kafka', 'local_dev_v1'])
    const got: unknown[] = []
    for await (const delivery of driver.deliveries()) {
      got.push([Buffer.from(delivery.envelope).toString(), delivery.metadata])
      await delivery.settle('ack')
    }
    expect(got).toEqual([['ENV', { ack: 'OK' }]])
    expect(await driver.publish(Buffer.from('ENV'))).toMatchObject({ status: 'confirmed', answer: { ack: 'OK' } })
    expect(driver.report().divergences).toEqual([])
  })

  test('answers that came together are heard in the order in which they came, whichever call let them go', async () => {
    const cassette = await recorded(async (sink) => {
      const seqs = [sink.begin(), sink.begin(), sink.begin()]
      for (const n of [2, 0, 1]) {
        sink.appendEntry({
          ...publishEntry(event(n), 'orders_v1'),
          seq: seqs[n] ?? 0,
        })
      }
    })
    const heard: number[] = []
    await using driver = played(cassette)
    await Promise.all([0, 1, 2].map(async (n) => (await driver.publish(event(n)), heard.push(n))))
    expect(heard).toEqual([2, 0, 1])
  })

  test.each([
    ['the endpoint', 'orders_v1'],
    ['its lane', undefined],
  ])('publishes of all channels of an endpoint are one lane; a record names %s', async (_, endpoint) => {
    const cassette = await recorded((sink) => {
      for (const [n, key] of ['orders_v1#1/1', 'orders_v1#1/2', 'orders_v1#1/1'].entries()) {
        sink.appendEntry({ ...publishEntry(event(n), endpoint ?? key), key })
      }
    })
    await using driver = played(cassette)
    for (const n of [0, 1, 2]) expect((await driver.publish(event(n))).status).toBe('confirmed')
    expect(driver.report().divergences).toEqual([])
  })

  test('an entry whose response is no message record is named', async () => {
    const cassette = await recorded((sink) =>
      sink.appendEntry({ ...publishEntry(event(0), 'orders_v1'), resp: Buffer.from('garbage') }),
    )
    await using driver = played(cassette)
    await expect(driver.publish(event(0))).rejects.toThrow('entry 0: message record: 7 bytes, a record has at least 28')
  })

  test('a publish refused before a broker hears of it leaves no entry, and none is missed in replay', async () => {
    const program = async (driver: Driver) => {
      const signal = AbortSignal.abort()
      await driver.publish(event(0))
      await expect(driver.publish(event(1), { signal })).rejects.toMatchObject({ code: 'aborted' })
      await driver.publish(event(2))
      await driver.close()
      await expect(driver.publish(event(3))).rejects.toMatchObject({ code: 'closed' })
    }
    const cassette = await recorded(async (sink) => program(recording(await openMemory(), sink)))
    expect(cassette.count).toBe(2)
    const driver = played(cassette)
    await program(driver)
    expect(driver.report().divergences).toEqual([])
  })

  test('a settle that comes after the close fails as the driver says, and writes nothing more', async () => {
    const cassette = await recorded(async (sink) => {
      const driver = recording(await openMemory(), sink)
      await driver.publish(event(0))
      const step = await driver.deliveries()[Symbol.asyncIterator]().next()
      await driver.close()
      await expect(step.value.settle('ack')).rejects.toMatchObject({ code: 'closed' })
    })
    // The publish, the delivery without a settle, the iteration that the close ended.
    expect(cassette.count).toBe(3)
  })

  test('the answer is in a log of the result', async () => {
    const cassette = await recorded((sink) => sink.appendEntry(publishEntry(event(0), 'orders_v1')))
    await using driver = played(cassette)
    expect(JSON.stringify(await driver.publish(event(0)))).toBe('{"status":"confirmed","answer":{"ack":"OK"}}')
  })

  test('the report lists the first 100 divergences, unused lanes among them, and counts all', async () => {
    const cassette = await recorded((sink) => {
      for (let n = 0; n < 101; n++)
        sink.appendEntry({ ...publishEntry(event(n), 'orders_v1'), key: `orders_v1#1/${n}` })
    })
    await using driver = played(cassette)
    expect(driver.report()).toMatchObject({ divergences: { length: 100 }, divergenceCount: 101 })
  })

  test('a long replay lets timers and signals through', async () => {
    const cassette = await recorded((sink) => {
      for (let n = 0; n < 2000; n++) sink.appendEntry(publishEntry(event(0), 'orders_v1'))
    })
    let turned = false
    setImmediate(() => (turned = true))
    await using driver = played(cassette)
    for (let n = 0; n < 2000; n++) await driver.publish(event(0))
    expect(turned).toBe(true)
  })

  test('a close answers what the recording has answered', async () => {
    const cassette = await recorded((sink) => {
      for (let n = 0; n < 2000; n++) sink.appendEntry(publishEntry(event(0), 'orders_v1'))
    })
    const driver = played(cassette)
    const results = Array.from({ length: 2000 }, () => driver.publish(event(0)))
    await driver.close()
    expect(new Set((await Promise.all(results)).map(({ status }) => status))).toEqual(new Set(['confirmed']))
  })

  test.each([
    ['a sentence', -7, 'no such queue', 'recorded', 'no such queue'],
    ['no bytes', -7, '', 'recorded', 'recorded failure -7'],
    ['a message', -7, 'X7MR\0\0', 'recorded', 'recorded failure -7'],
    ['two lines of a driver', 9907, 'lost\nagain', 'connection_lost', 'lost\nagain'],
  ] as const)('the failure of an entry with %s', async (_, err, resp, code, message) => {
    const cassette = await recorded((sink) =>
      sink.appendEntry({ ...publishEntry(event(0), 'orders_v1'), err, resp: Buffer.from(resp) }),
    )
    await using driver = played(cassette)
    await expect(driver.publish(event(0))).rejects.toMatchObject({ code, message })
  })

  test('an abort ends a publish that waits for an answer, not one whose answer is due', async () => {
    const cassette = await recorded((sink) => {
      const [first, second, third] = [sink.begin(), sink.begin(), sink.begin()]
      sink.appendEntry({ ...publishEntry(event(0), 'orders_v1'), seq: first })
      sink.appendEntry({ ...publishEntry(event(2), 'orders_v1'), seq: third })
      sink.appendEntry({ ...publishEntry(event(1), 'orders_v1'), seq: second })
    })
    await using driver = played(cassette)
    const stop = new AbortController()
    const waiting = driver.publish(event(0), { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({
      code: 'aborted',
      message: 'publish to orders_v1: aborted by the caller',
    })
    const late = new AbortController()
    const due = [driver.publish(event(1), { signal: late.signal }), driver.publish(event(2), { signal: late.signal })]
    late.abort()
    expect((await Promise.all(due)).map(({ status }) => status)).toEqual(['confirmed', 'confirmed'])
  })
})
