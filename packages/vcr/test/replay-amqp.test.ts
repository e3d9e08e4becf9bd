import amqp from 'amqplib'
import { spawnSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

import { vcr } from '../src/index.ts'
import { holding } from './programs/holding.ts'
import { orders } from './programs/orders.ts'
import { relay, type RelayChange } from './programs/relay.ts'
import { serial } from './programs/serial.ts'
import { cassettes, node, runVcr } from './run-vcr.ts'

const output = ['got {"order":1} order', 'got {"order":2} order', 'got {"order":3} order', 'closed']

describe('a committed recording of an unmodified amqplib program', () => {
  test('replays as a process with the same output and exit code, random ids and all', async () => {
    const { code, stdout, stderr } = await runVcr([
      'replay',
      '--root',
      cassettes,
      '--cassette',
      'orders',
      ...node('orders.ts'),
    ])
    expect(stdout).toBe(`${output.join('\n')}\n`)
    expect(stderr).toContain('no divergence')
    expect(code).toBe(0)
  })

  test('replays from the sources as it does in the bundle that `pnpm vcr` starts', () => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    const args = [main, 'replay', '--root', cassettes, '--cassette', 'orders', ...node('orders.ts')]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${output.join('\n')}\n` })
    expect(stderr).toContain('no divergence')
  })

  test('replays in this process, several at a time', async () => {
    const one = async (): Promise<string[]> => {
      const lines: string[] = []
      await using tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
      await tape.run(() => orders((line) => lines.push(line)))
      return lines
    }
    expect(await Promise.all([one(), one(), one()])).toEqual([output, output, output])
  })

  test.each([
    ['body', [{ key: 'amqp#1', ignore: ['body/order'] }]],
    ['header', [{ ignore: ['properties/headers/kind'] }]],
  ])('a path that a rule ignores may differ: %s', async (change, rules) => {
    const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay', rules })
    await orders(() => undefined, change)
    await tape.close()
    expect(tape.report()).toMatchObject({ divergenceCount: 0, relaxed: { ignored: 1 } })
  })

  test.each([
    ['body', /body\/order was 2, is 20/],
    ['header', /properties\/headers\/kind was .*order.*, is .*other/],
    ['key', /args\/routingKey was "vcr-orders", is "elsewhere"/],
    ['exchange', /args\/exchange was "", is "amq.direct"/],
    ['durable', /args\/durable was false, is true/],
    ['nack', /delivery 1 was settled with basic.ack in entry \d+, is settled with basic.nack/],
    ['prefetch', /basic.qos differs from entry \d+: args\/prefetchCount was 2, is 1/],
    ['arguments', /queue.declare .* differs from entry \d+: args\/arguments.* was \(absent\), is/],
    ['multiple', /delivery 1 was settled with basic.ack in entry \d+, is settled with basic.ack multiple/],
    ['no-ack', /basic.ack deliveryTag "?1"? .*of entry \d+.*(?:was|were) recorded and not done/],
    ['no-close', /channel.close of entry \d+ was recorded and not done/],
    ['more', /basic.publish .* was not recorded, after the last one/],
    ['fewer', /basic.publish .* of entry \d+ was recorded and not done/],
  ])('names entry and field of a changed program: %s', { concurrent: true }, async (change, message) => {
    const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
    const left = tape.run(() => orders(() => undefined, change)).catch(() => undefined)
    await Promise.race([left, tape.stalled])
    await expect(tape.close()).rejects.toThrow(message)
  })

  test.each([
    ['no-last-ack', /channel.close of entry \d+ came without basic.ack deliveryTag "?3"? \(entry \d+\)/],
    ['without-2', /is entry \d+, which was not next: basic.publish .* \(entry \d+\) was left out/],
  ])(
    'names what was left out as soon as it cannot come any more: %s',
    { concurrent: true },
    async (change, message) => {
      const args = ['replay', '--root', cassettes, '--cassette', 'orders', ...node('orders.ts'), change]
      const { code, stderr } = await runVcr(args)
      expect(code).toBe(1)
      const diverged = stderr.split('\n').filter((line) => line.startsWith('vcr: diverged: '))
      expect(diverged[0]).toMatch(message)
    },
  )

  test('a client that is refused and dials again for ever has stalled, at the end of the recording too', async () => {
    const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
    const over = new AbortController()
    const left = tape.run(async () => {
      await orders(() => undefined)
      while (!over.signal.aborted) {
        await amqp.connect('amqp://127.0.0.1:5672').catch(() => undefined)
        await setTimeout(50)
      }
    })
    await tape.stalled
    over.abort()
    await left
    await expect(tape.close()).rejects.toThrow(/127\.0\.0\.1:5672/)
  })

  test.each([
    ['await', 'a pause before each publish'],
    ['settle-order', 'deliveries that are settled in another order, as far as the prefetch allows'],
  ])('takes what changes nothing for the broker: %s, %s', async (change) => {
    const lines: string[] = []
    const tape = await vcr({ cassette: 'orders', root: cassettes, mode: 'replay' })
    await Promise.race([tape.run(() => orders((line) => lines.push(line), change)), tape.stalled])
    await tape.close()
    expect(lines).toEqual(output)
  })
})

describe('a recording in which each message was confirmed before the next one was sent', () => {
  test.each(['', 'no-wait'])('plays to a program that waits, and tells one that does not: %s', async (change) => {
    const tape = await vcr({ cassette: 'serial', root: cassettes, mode: 'replay' })
    await Promise.race([tape.run(() => serial(() => undefined, change)), tape.stalled])
    if (change === '') return tape.close()
    await expect(tape.close()).rejects.toThrow(
      /basic.publish .* is entry \d+, and came before the confirm of entry \d+, for which the recorded program waited/,
    )
  })
})

describe('a recording in which each message was settled before the broker sent more', () => {
  const replay = async (change: string): Promise<{ lines: string[]; tape: Awaited<ReturnType<typeof vcr>> }> => {
    const lines: string[] = []
    const tape = await vcr({ cassette: 'holding', root: cassettes, mode: 'replay' })
    const ended = tape.run(() => holding((line) => lines.push(line), change)).catch(() => undefined)
    await Promise.race([ended, tape.stalled])
    return { lines, tape }
  }
  const messages = [1, 2, 3, 4, 5, 6].map((n) => `message ${n}`)

  test.each(['', 'held'])(
    'plays to a program that settles within its prefetch, in whatever order: %s',
    async (change) => {
      const { lines, tape } = await replay(change)
      await tape.close()
      expect(lines).toEqual([...messages, 'closed'])
      expect(tape.report().relaxed).toEqual(change === '' ? {} : { 'deliveries ahead of settles': expect.any(Number) })
    },
  )

  test('tells a program that never settles for what it waits, once its prefetch is full', async () => {
    const { lines, tape } = await replay('never')
    expect(lines).toEqual(messages.slice(0, 3))
    await expect(tape.close()).rejects.toThrow(/basic.ack deliveryTag 1 of entry \d+.* and what comes next waits/)
    // What lies behind the stall had no chance: it is not told.
    expect(tape.report().divergences.map(({ kind }) => kind)).toEqual(['stalled'])
  })

  test('resets the connections of a program that has stalled, and says why in the error', async () => {
    const tape = await vcr({ cassette: 'holding', root: cassettes, mode: 'replay' })
    const ended = tape.run(() => holding(() => undefined, 'never'))
    await expect(ended).rejects.toMatchObject({
      code: 'ECONNRESET',
      message: expect.stringMatching(
        /^read ECONNRESET: the replay has stalled, .*basic.ack deliveryTag 1 of entry \d+/,
      ),
    })
    await tape.close().catch(() => undefined)
  })
})

describe('a recording in which messages are passed on and acknowledged once that is confirmed', () => {
  const replay = async (change?: RelayChange): Promise<{ lines: string[]; tape: Awaited<ReturnType<typeof vcr>> }> => {
    const lines: string[] = []
    const tape = await vcr({ cassette: 'relay', root: cassettes, mode: 'replay' })
    const ended = tape.run(() => relay((line) => lines.push(line), change)).catch(() => undefined)
    await Promise.race([ended, tape.stalled])
    return { lines, tape }
  }
  const messages = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `message ${n}`)

  test('plays to the program as it was', async () => {
    const { lines, tape } = await replay()
    await tape.close()
    expect(lines).toEqual([...messages, 'closed'])
  })

  test.each([0, 1, 2, 4, 7].flatMap((at) => [1, 3].map((more) => ({ at, more }))))(
    'goes on behind what the handler of message $at publishes more, $more at once, and tells nothing else',
    { concurrent: true },
    async (change) => {
      const { lines, tape } = await replay(change)
      await expect(tape.close()).rejects.toThrow(/basic.publish .* was not recorded/)
      expect(tape.report().divergences.map(({ kind }) => kind)).toEqual(Array(change.more).fill('extra'))
      expect(lines.toSorted()).toEqual(['closed', ...messages])
    },
  )

  test.each([0, 1, 2, 4, 7])(
    'tells of the handler of message %i that it publishes nothing',
    { concurrent: true },
    async (at) => {
      const { tape } = await replay({ at, fewer: true })
      await expect(tape.close()).rejects.toThrow(/basic.publish .* of entry \d+ was recorded and not done/)
      expect(tape.report().divergences).toHaveLength(1)
    },
  )
})
