import { execFile, execFileSync } from 'node:child_process'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, type Header, type Message } from '@x07-lab/msg-core'
import type { KafkaDriver } from '../../src/index.ts'
import { dispose, freshNames, isLive, livePort, openLive, topic } from './live-broker.ts'

const broker = `127.0.0.1:${livePort}`

function hasKcat(): boolean {
  try {
    execFileSync('kcat', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('skipped: no kcat on the path; install the Debian package kcat')
    return false
  }
}

function kcat(args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = execFile('kcat', ['-b', broker, ...args], (error, stdout) => (error ? reject(error) : resolve(stdout)))
  child.stdin?.end(input)
  return promise
}

describe.skipIf(!(await isLive()) || !hasKcat())('kcat, a client of another make, agrees with the driver', () => {
  let driver: KafkaDriver

  afterEach(() => dispose(driver))

  test('it reads what the driver wrote: keys, headers in their order, values', async () => {
    const physical = freshNames()
    driver = await openLive({ physical, partitions: 1, compression: 'gzip' })
    const headers: Header[] = [
      ['content-type', 'application/json'],
      ['message-id', '1'],
      ['a', null],
      ['10', 'x'],
      ['a', 'y'],
    ]
    const messages: Message[] = [
      { topic, key: Buffer.from('k1'), value: Buffer.from('{"n":1}'), headers },
      { topic, key: null, value: Buffer.alloc(0), headers: [] },
      { topic, key: Buffer.alloc(0), value: null, headers: [['b', '2']] },
    ]
    for (const message of messages) {
      expect(await driver.publish(encodeEnvelope(message))).toMatchObject({ status: 'confirmed' })
    }
    const text = await kcat(['-C', '-t', physical(topic), '-e', '-q', '-f', '%o|%k|%K|%s|%S|%h\n'])
    expect(text.split('\n')).toEqual([
      '0|k1|2|{"n":1}|7|content-type=application/json,message-id=1,a=NULL,10=x,a=y',
      '1||-1||0|',
      '2||0||-1|b=2',
      '',
    ])
  })

  test('the driver reads what it wrote, as ordinary envelopes', async () => {
    const physical = freshNames()
    driver = await openLive({ physical, partitions: 1 })
    const to = ['-P', '-t', physical(topic)]
    await kcat([...to, '-K', '|', '-H', 'a=1', '-H', 'b=2', '-H', 'a=3', '-X', 'compression.codec=gzip'], 'k1|v1\n')
    await kcat([...to, '-Z', '-K', '|'], 'k2|\n')
    await kcat(to, 'no key\n')
    const got: Message[] = []
    for await (const delivery of driver.deliveries()) {
      got.push(decodeEnvelope(delivery.envelope))
      await delivery.settle('ack')
      if (got.length === 3) break
    }
    expect(
      got.map(({ topic, key, value, headers }) => [topic, key && String(key), value && String(value), headers]),
    ).toEqual([
      [
        topic,
        'k1',
        'v1',
        [
          ['a', '1'],
          ['b', '2'],
          ['a', '3'],
        ],
      ],
      [topic, 'k2', null, []],
      [topic, null, 'no key', []],
    ])
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('both read what the other compressed with %s', async (name) => {
    const physical = freshNames()
    driver = await openLive({ physical, partitions: 1, compression: name })
    const value = '{"n":1}'.repeat(20_000)
    await kcat(
      ['-P', '-t', physical(topic), '-X', `compression.codec=${name}`, '-X', 'linger.ms=100', '-K', '|'],
      `a|${value}\n`,
    )
    await driver.publish(encodeEnvelope({ topic, key: Buffer.from('b'), value: Buffer.from(value), headers: [] }))
    const got: string[] = []
    for await (const delivery of driver.deliveries()) {
      got.push(String(decodeEnvelope(delivery.envelope).value))
      await delivery.settle('ack')
      if (got.length === 2) break
    }
    expect(got).toEqual([value, value])
    expect(await kcat(['-C', '-t', physical(topic), '-e', '-q', '-f', '%k|%s\n'])).toBe(`a|${value}\nb|${value}\n`)
  })
})
