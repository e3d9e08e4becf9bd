import { describe, expect, test } from 'vitest'
import { recording } from '../../../src/driver.ts'
import { decodeMetadata, decodeRecord, outcomeOf, type EntryFields } from '../../../src/format/index.ts'
import { DriverError, openMemory, type Driver } from '../../../src/index.ts'

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

describe('a recording driver', () => {
  test('writes a publish when it is confirmed and a delivery when it is settled, each with its begin', async () => {
    const made = sink()
    // When it begins; a publish and its answer; the deliveries; a delivery and its settle.
    const times = [0, 0, 1500.9, 1600, 2000, 2001]
    await using driver = recording(await openMemory(), made, { now: () => times.shift() ?? 2001 })
    await driver.publish(envelope)
    for await (const delivery of driver.deliveries()) {
      expect(driver.openBegins()).toEqual([2])
      await delivery.settle('reject')
      await delivery.settle('ack')
      break
    }
    expect(driver.openBegins()).toEqual([])
    expect(
      made.entries.map(({ kind, op, key, req, err, seq, latencyTicks, resp }) => {
        const { opTag, ackTag, ack } = decodeRecord(resp)
        return [kind, op, text(key as Uint8Array), text(req), err, seq, latencyTicks, opTag, ackTag, text(ack)]
      }),
    ).toEqual([
      ['rr', 'std.msg.amqp.publish_env_v1', 'memory_v1', 'ENV', 0, 0, 1500, 1, 1, '{"position":"0"}'],
      ['rr', 'std.msg.amqp.consume_env_v1', 'memory_v1', 'ENV', 0, 2, 1, 2, 2, '{"position":"0","redelivered":false}'],
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
    const { ackTag, ack } = decodeRecord(made.entries.at(-1)!.resp)
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

  test('claims nothing that was not settled: a delivery handed out stays open', async () => {
    const made = sink()
    await using driver = recording(await openMemory(), made)
    await driver.publish(envelope)
    for await (const _ of driver.deliveries()) break
    expect(made.entries).toHaveLength(1)
    expect(driver.openBegins()).toEqual([2])
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
    expect(full.entries).toEqual([])
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
    ])
  })
})
