import { describe, expect, test } from 'vitest'
import { recording } from '../../../src/driver.ts'
import { decodeMetadata, decodeRecord, outcomeOf, type EntryFields } from '../../../src/format/index.ts'
import { DriverError, openMemory, type Delivery, type Driver } from '../../../src/index.ts'

/** A sink that keeps what it is given and numbers begins and ends with one counter. */
function sink() {
  const entries: EntryFields[] = []
  let position = 0
  return {
    entries,
    begin: () => position++,
    appendEntry(fields: EntryFields) {
      entries.push({ ...fields, req: new Uint8Array(fields.req), resp: new Uint8Array(fields.resp) })
      position++
    },
  }
}

const envelope = Buffer.from('ENV')
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** What each entry says, in short. */
function acts(entries: readonly EntryFields[]): string[] {
  return entries.map(({ op, req, resp }) => {
    const answer = String(op).endsWith('publish_env_v1') ? decodeRecord(resp).ack : resp
    return `${String(op).replace('std.msg.amqp.', '')} ${text(req)} ${text(answer)}`
  })
}

/** The same driver, as an object of its own. */
function over(driver: Driver): Driver {
  return {
    wire: driver.wire,
    endpoint: driver.endpoint,
    ensureTopology: (options) => driver.ensureTopology(options),
    publish: (bytes, options) => driver.publish(bytes, options),
    deliveries: (options) => driver.deliveries(options),
    close: () => driver.close(),
    [Symbol.asyncDispose]: () => driver.close(),
  }
}

async function* map(
  deliveries: AsyncIterable<Delivery>,
  change: (one: Delivery) => Delivery,
): AsyncGenerator<Delivery> {
  for await (const one of deliveries) yield change(one)
}

describe('a recording driver', () => {
  test('writes a publish when it is confirmed and a delivery when it is settled, each with its begin', async () => {
    const made = sink()
    // When it begins; a publish and its answer; the deliveries; a delivery and its settle.
    const times = [0, 0, 1500.9, 1600, 2000, 2001]
    await using driver = recording(await openMemory(), made, { now: () => times.shift() ?? 2001 })
    await driver.publish(envelope)
    for await (const delivery of driver.deliveries()) {
      // The iteration, and the delivery.
      expect(driver.openBegins()).toEqual([2, 3])
      await delivery.settle('reject')
      break
    }
    expect(driver.openBegins()).toEqual([])
    expect(
      made.entries.slice(0, 2).map(({ kind, op, key, req, err, seq, latencyTicks, resp }) => {
        const { opTag, ackTag, ack } = decodeRecord(resp)
        return [kind, op, text(key as Uint8Array), text(req), err, seq, latencyTicks, opTag, ackTag, text(ack)]
      }),
    ).toEqual([
      ['rr', 'std.msg.amqp.publish_env_v1', 'memory_v1', 'ENV', 0, 0, 1500, 1, 1, '{"position":"0"}'],
      ['rr', 'std.msg.amqp.consume_env_v1', 'memory_v1', 'ENV', 0, 3, 1, 2, 2, '{"position":"0","redelivered":false}'],
    ])
  })

  test('tells a discarded delivery from a rejected one, in the replay too', async () => {
    const made = sink()
    await using driver = recording(await openMemory(), made)
    await driver.publish(envelope)
    for await (const delivery of driver.deliveries()) {
      await delivery.settle('discard')
      break
    }
    const { ackTag, ack } = decodeRecord(made.entries[1]!.resp)
    expect([ackTag, text(ack)]).toEqual([2, '{"!discarded":true,"position":"0","redelivered":false}'])
    expect([outcomeOf(ackTag, ack), outcomeOf(1, ack), outcomeOf(2, Buffer.from('OK'))]).toEqual([
      'discard',
      'ack',
      'reject',
    ])
    expect(decodeMetadata(ack)).toEqual({ position: '0', redelivered: false })
  })

  test('writes a failure of the driver with its number and text, and passes it on', async () => {
    const made = sink()
    await using driver = recording(await openMemory({ maxBodyBytes: 2 }), made)
    await expect(driver.publish(envelope)).rejects.toMatchObject({ code: 'too_large' })
    expect(made.entries.map(({ err, resp }) => [err, text(resp)])).toEqual([
      [9906, 'publish to memory_v1: the envelope has 3 bytes, max_body_bytes is 2'],
    ])
    expect(driver.openBegins()).toEqual([])
  })

  test('claims nothing that was not settled: a delivery handed out stays open until the program closes', async () => {
    const made = sink()
    const driver = recording(await openMemory(), made)
    await driver.publish(envelope)
    for await (const _ of driver.deliveries()) break
    expect(driver.openBegins()).toEqual([3])
    await driver.close()
    expect(driver.openBegins()).toEqual([])
    expect(acts(made.entries)).toEqual([
      'publish_env_v1 ENV {"position":"0"}',
      'iterate_v1  {"end":"returned"}',
      'unsettled_env_v1 ENV {"metadata":{"position":"0","redelivered":false}}',
    ])
  })

  test('writes what else the program does: its topology, a settle that fails, a second settle, rounds, pauses', async () => {
    const made = sink()
    let clock = 0
    const memory = await openMemory()
    const lost = new DriverError('connection_lost', 'settle: the connection is gone')
    const live: Driver = {
      ...over(memory),
      ensureTopology: () => Promise.reject(new DriverError('precondition_failed', 'topology: declared otherwise')),
      deliveries: (options) =>
        map(memory.deliveries(options), (one) => ({ ...one, settle: () => Promise.reject(lost) })),
    }
    const driver = recording(live, made, { now: () => clock })
    await expect(driver.ensureTopology()).rejects.toThrow('declared otherwise')
    await driver.publish(envelope)
    for await (const delivery of driver.deliveries()) {
      clock += 1_500_000
      await expect(delivery.settle('ack')).rejects.toBe(lost)
      await delivery.settle('reject')
      break
    }
    const stop = new AbortController()
    stop.abort()
    for await (const _ of driver.deliveries({ signal: stop.signal })) throw new Error('nothing comes')
    void driver.deliveries()
    await driver.close()
    expect(acts(made.entries)).toEqual([
      'topology_v1  topology: declared otherwise',
      'publish_env_v1 ENV {"position":"0"}',
      'pause_v1  ',
      'unsettled_env_v1 ENV {"error":"settle: the connection is gone","metadata":{"position":"0","redelivered":false},"outcome":"ack"}',
      'resettle_v1 {"delivery":5,"outcome":"reject"} ',
      'iterate_v1  {"end":"returned"}',
      'iterate_v1  {"end":"aborted"}',
      'iterate_v1  {"end":"closed"}',
    ])
    expect(made.entries.map(({ err }) => err).filter((err) => err !== 0)).toEqual([9911, 9907])
    expect(made.entries.find(({ op }) => String(op).endsWith('pause_v1'))?.latencyTicks).toBe(1_500_000)
  })

  test('an entry that cannot be written fails the call it belongs to, and stays open', async () => {
    const full = {
      begin: () => 0,
      appendEntry: () => {
        throw new Error('no space')
      },
    }
    await using driver = recording(await openMemory(), full)
    await expect(driver.publish(envelope)).rejects.toThrow('no space')
    expect(driver.openBegins()).toEqual([0])
  })

  test('what cannot be recorded does not happen: nothing is published, nothing is acknowledged', async () => {
    const memory = await openMemory()
    await memory.publish(envelope)
    const told: string[] = []
    const live: Driver = {
      wire: memory.wire,
      endpoint: memory.endpoint,
      ensureTopology: () => memory.ensureTopology(),
      publish: (bytes) => (told.push('publish'), memory.publish(bytes)),
      deliveries: (options) => ({
        async *[Symbol.asyncIterator]() {
          for await (const delivery of memory.deliveries(options)) {
            yield { ...delivery, settle: (outcome) => (told.push(outcome), delivery.settle(outcome)) }
          }
        },
      }),
      close: () => memory.close(),
      [Symbol.asyncDispose]: () => memory.close(),
    }
    const full = {
      ...sink(),
      check: () => {
        throw new Error('over the limit')
      },
      admit: ({ req, resp }: { req: number; resp: number }): number => {
        throw new Error(`no space for ${req} and ${resp >= req + 36}`)
      },
    }
    await using driver = recording(live, full)
    await expect(driver.publish(envelope)).rejects.toThrow('over the limit')
    for await (const delivery of driver.deliveries()) {
      await expect(delivery.settle('ack')).rejects.toThrow('no space for 3 and true')
      break
    }
    expect(told).toEqual([])
    // The iteration alone.
    expect(acts(full.entries)).toEqual(['iterate_v1  {"end":"returned"}'])
  })

  test('what was admitted is released once it is settled', async () => {
    const open = new Set<number>()
    let next = 1
    const made = {
      ...sink(),
      admit: () => (open.add(next), next++),
      release: (admitted: number) => open.delete(admitted),
    }
    await using driver = recording(await openMemory(), made)
    await driver.publish(envelope)
    for await (const delivery of driver.deliveries()) {
      await delivery.settle('ack')
      expect(open.size).toBe(0)
      break
    }
    expect([next, open.size]).toEqual([2, 0])
  })

  test('writes the end of the deliveries when it is a failure', async () => {
    const made = sink()
    const memory = await openMemory()
    const failure = new DriverError('cancelled', 'consume: the broker ended the consumer')
    const failing: Driver = {
      wire: memory.wire,
      endpoint: memory.endpoint,
      ensureTopology: () => memory.ensureTopology(),
      publish: (bytes, options) => memory.publish(bytes, options),
      deliveries: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }) }),
      close: () => memory.close(),
      [Symbol.asyncDispose]: () => memory.close(),
    }
    await using driver = recording(failing, made)
    await expect(driver.deliveries()[Symbol.asyncIterator]().next()).rejects.toBe(failure)
    expect(made.entries.map(({ op, req, err }) => [op, text(req), err])).toEqual([
      ['std.msg.amqp.consume_env_v1', '', 9909],
      ['std.msg.amqp.iterate_v1', '', 0],
    ])
  })
})
