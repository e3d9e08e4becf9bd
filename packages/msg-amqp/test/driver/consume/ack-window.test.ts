import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ackWindow, type AckWindow } from '../../../src/driver/consume/ack-window.ts'
import { delivered as message } from '../../support/messages.ts'

/** A window over a channel that writes down what it is told: `1` for an ack, `..5` for all up to 5, `-2` for a requeue. */
function windowWithLog(maxGathered = 100): { log: string[]; window: AckWindow } {
  const log: string[] = []
  const window = ackWindow(
    {
      ack: ({ fields }, upTo) => void log.push(upTo === true ? `..${fields.deliveryTag}` : String(fields.deliveryTag)),
      nack: ({ fields }, upTo, requeue) =>
        void log.push(`${upTo === false && requeue === true ? '-' : '?'}${fields.deliveryTag}`),
    },
    maxGathered,
  )
  return { log, window }
}

describe('acks of one channel', () => {
  test('in order are one frame', () => {
    const { log, window } = windowWithLog()
    for (const tag of [1, 2, 3]) window.ack(message(tag))
    expect(log).toEqual([])
    window.flush()
    expect(log).toEqual(['..3'])
  })

  test('above an open message go out one by one, and the gap closes later', () => {
    const { log, window } = windowWithLog()
    for (const tag of [1, 3, 4]) window.ack(message(tag))
    window.flush()
    window.ack(message(2))
    window.ack(message(5))
    window.flush()
    expect(log).toEqual(['..1', '3', '4', '..5'])
  })

  test('never cover a message that was given back', () => {
    const { log, window } = windowWithLog()
    window.nack(message(1), true)
    window.ack(message(2))
    window.flush()
    expect(log).toEqual(['-1', '..2'])
  })

  test('go out at once when enough are gathered, and otherwise within the turn', async () => {
    const { log, window } = windowWithLog(2)
    window.ack(message(1))
    window.ack(message(2))
    expect(log).toEqual(['..2'])
    window.ack(message(3))
    await new Promise((resolve) => setImmediate(resolve))
    expect(log).toEqual(['..2', '..3'])
  })

  test('end with the channel', () => {
    const { log, window } = windowWithLog()
    window.ack(message(1))
    window.end()
    window.ack(message(2))
    window.nack(message(3), true)
    window.flush()
    expect(log).toEqual([])
  })

  test('tell the broker of each message once, and of none that is open, in whatever order they are settled', () => {
    const orders = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 })
    fc.assert(
      fc.property(orders, fc.array(fc.boolean()), (tags, flushes) => {
        const { log, window } = windowWithLog()
        for (const [index, tag] of tags.entries()) {
          window.ack(message(tag))
          if (flushes[index] === true) window.flush()
        }
        window.flush()
        expect([...brokerView(log, 12)].sort((a, b) => a - b)).toEqual([...tags].sort((a, b) => a - b))
      }),
    )
  })

  test('a channel that closes ends the window: no exception, whoever sends', () => {
    const closing = (): never => {
      throw new Error('Channel closing')
    }
    const acked = ackWindow({ ack: closing, nack: closing }, 100)
    acked.ack(message(1))
    acked.flush()
    const nacked = ackWindow({ ack: closing, nack: closing }, 100)
    nacked.nack(message(1), true)
    expect([acked.ended, nacked.ended]).toEqual([true, true])
  })
})

/** The tags a broker counts as acked that has sent 1 to `sent`; it closes the channel over a tag that is not open. */
function brokerView(log: readonly string[], sent: number): Set<number> {
  const acked = new Set<number>()
  for (const entry of log) {
    const upTo = entry.startsWith('..')
    const tag = Number(entry.replace('..', ''))
    if (acked.has(tag) || tag > sent) throw new Error(`unknown delivery tag ${tag}`)
    for (let one = upTo ? 1 : tag; one <= tag; one++) acked.add(one)
  }
  return acked
}
