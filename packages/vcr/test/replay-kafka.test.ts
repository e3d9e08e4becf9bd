import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'

import { vcr } from '../src/index.ts'
import { kafkaOrders } from './programs/kafka-orders.ts'
import { cassettes, node, runVcr } from './run-vcr.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'
const output = ['got order 1 order', 'got order 2 order', 'got order 3 order', 'closed']

describe('a committed recording of an unmodified kafkajs program', () => {
  test('replays as a process with the same output and exit code, random ids and all', async () => {
    const args = ['replay', '--root', cassettes, '--cassette', 'kafka-orders', ...node('kafka-orders.ts')]
    const { code, stdout, stderr } = await runVcr(args)
    expect(stdout).toBe(`${output.join('\n')}\n`)
    expect(stderr).toContain('no divergence')
    expect(code).toBe(0)
  })

  test('replays over loopback to a program that dials another address', async () => {
    const port = await freePort()
    const args = ['serve', 'kafka-orders', '--root', cassettes, '--kafka', String(port), ...node('kafka-orders.ts')]
    const { code, stdout, stderr } = await runVcr(args, { VCR_TEST_BROKER: `127.0.0.1:${port}` })
    expect(stdout).toBe(`${output.join('\n')}\n`)
    expect(stderr).toContain('no divergence')
    expect(code).toBe(0)
  })

  test('replays in this process, several at a time', async () => {
    const one = async (): Promise<string[]> => {
      const lines: string[] = []
      await using tape = await vcr({ cassette: 'kafka-orders', root: cassettes, mode: 'replay' })
      await tape.run(() => kafkaOrders((line) => lines.push(line)))
      return lines
    }
    expect(await Promise.all([one(), one(), one()])).toEqual([output, output, output])
  })

  test.each([
    ['value', /differs from entry \d+: .*records\/vcr-kafka-orders\/0\/0\/value\/order was 2, is 20/],
    ['header', /differs from entry \d+: .*records\/vcr-kafka-orders\/0\/0\/headers\/0\/1 was "order", is "other"/],
    ['group', /differs from entry \d+: key was "vcr-kafka-readers", is "vcr-kafka-others"/],
    ['no-commit', /the last position of vcr-kafka-orders\/0 was 3 \(entry \d+\), and now there is none/],
    ['key', /differs from entry \d+: .*records\/vcr-kafka-orders\/0\/0\/key was "k2", is "k20"/],
    ['topic', /vcr-kafka-elsewhere/],
    ['acks', /differs from entry \d+: .*acks was -1, is 1/],
    ['isolation', /differs from entry \d+: isolationLevel was read_committed, is read_uncommitted/],
    ['from-end', /ListOffsets/],
    ['more', /one call more than the 3 recorded/],
    ['fewer', /Produce\/vcr-kafka-orders.* recorded and not done, and what comes next waits/],
  ])('names entry and field of a changed program: %s', { concurrent: true }, async (change, message) => {
    const tape = await vcr({ cassette: 'kafka-orders', root: cassettes, mode: 'replay' })
    const left = tape.run(() => kafkaOrders(() => undefined, change)).catch(() => undefined)
    await Promise.race([left, tape.stalled])
    await expect(tape.close()).rejects.toThrow(message)
  })

  test.each([
    ['await', 'a pause before each record'],
    ['compression', 'another codec: records are compared as they are'],
  ])('takes what changes nothing for the broker: %s, %s', async (change) => {
    const lines: string[] = []
    const tape = await vcr({ cassette: 'kafka-orders', root: cassettes, mode: 'replay' })
    await Promise.race([tape.run(() => kafkaOrders((line) => lines.push(line), change)), tape.stalled])
    await tape.close()
    expect(lines).toEqual(output)
  })
})
