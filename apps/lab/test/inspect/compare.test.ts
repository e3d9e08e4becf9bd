import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import { encodeRecord, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { withConfig } from '@x07-lab/msg-core/rr'
import { diff } from '../../src/commands/cassette/diff.ts'
import { compareCassettes } from '../../src/inspect/compare.ts'

const limits = {
  maxCassetteBytes: 1_000_000_000n,
  maxEntries: 100_000,
  maxReqBytes: 65_536,
  maxRespBytes: 65_536,
  maxKeyBytes: 100,
}
const endpoint = Buffer.from('local_amqp_v1')

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'compare-'))
  mkdirSync(join(root, '.x07_rr'))
})
afterAll(() => rmSync(root, { recursive: true }))

/** Records publishes of these values; each takes as long as the recording says. */
async function record(
  name: string,
  values: readonly unknown[],
  ticks: number,
  more: Partial<Message> = {},
  seal?: Readonly<Record<string, unknown>>,
  lane: (value: unknown) => string = () => 'local_amqp_v1',
): Promise<void> {
  await withConfig(
    { mode: 'rewrite_v1', matchMode: 'lookup_v1', limits, path: name },
    (handle) => {
      for (const value of values) {
        const envelope = encodeEnvelope({
          topic: 'orders',
          key: Buffer.from('k'),
          value: Buffer.from(JSON.stringify(value)),
          headers: [],
          ...more,
        })
        const resp = encodeRecord({ opTag: 1, driverKind: 2, endpoint, envelope, ackTag: 1, ack: Buffer.from('{}') })
        handle.appendEntry({
          kind: 'rr',
          op: 'std.msg.amqp.publish_env_v1',
          key: lane(value),
          req: envelope,
          resp,
          err: 0,
          latencyTicks: ticks,
          seq: handle.begin(),
        })
      }
      if (seal === undefined) return
      const resp = Buffer.from(JSON.stringify({ bytes: 1, entries: 1, ...seal }))
      handle.appendEntry({ kind: 'rr', op: 'std.msg.lab.seal_v1', key: 'sha256', req: Buffer.of(), resp, err: 0 })
    },
    { root },
  )
}

const thousand: readonly { readonly n: number | string }[] = Array.from({ length: 1_000 }, (_, n) => ({ n }))

describe('two cassettes are compared', () => {
  test('by their messages: other latencies are the same recording, unless they are asked for', async () => {
    await record('a.rrbin', thousand.slice(0, 3), 5)
    await record('b.rrbin', thousand.slice(0, 3), 9)
    expect(diff(root, ['a', 'b'])).toMatchObject({
      exitCode: 0,
      lines: ['the same messages: 3 entries, latencies left out'],
    })
    expect(diff(root, ['a', 'b'], { timing: true }).lines).toContain('    latency_ticks: 5 -> 9')
  })

  test('by what their seals say, but not by the digests in them: they are of latencies too', async () => {
    await record('a.rrbin', [1], 5, {}, { sha256: 'a'.repeat(64), policy: 'p' })
    await record('b.rrbin', [1], 9, {}, { sha256: 'b'.repeat(64), policy: 'p' })
    await record('c.rrbin', [1], 9, {}, { sha256: 'b'.repeat(64), policy: 'q' })
    expect(diff(root, ['a', 'b'])).toMatchObject({ exitCode: 0 })
    expect(diff(root, ['a', 'c']).lines).toContain('    seal/policy: "p" -> "q"')
    expect(diff(root, ['a', 'b'], { timing: true })).toMatchObject({ exitCode: 1 })
  })

  test('so that one more among a thousand is one difference', async () => {
    await record('a.rrbin', thousand, 5)
    await record('b.rrbin', thousand.toSpliced(500, 0, { n: 'new' }), 5)
    expect(diff(root, ['a', 'b'])).toMatchObject({
      exitCode: 1,
      lines: [
        '+ amqp.publish_env local_amqp_v1: entry 500 is only in the second',
        '1 difference between a (1000 entries) and b (1001)',
      ],
    })
  })

  test('so that a changed message names its fields, by the smallest path', async () => {
    await record('a.rrbin', [{ id: 1, lines: [{ price: 5 }, { price: 6 }] }], 5, { headers: [['trace', 'x']] })
    await record('b.rrbin', [{ id: 1, lines: [{ price: 5 }, { price: 7 }] }], 5, { properties: { priority: 4 } })
    expect(diff(root, ['a', 'b']).lines).toEqual([
      '~ amqp.publish_env local_amqp_v1: entry 0',
      '    headers/trace: x -> (absent)',
      '    value/lines/1/price: 6 -> 7',
      '    properties/priority: (absent) -> 4',
      '1 difference between a (1 entries) and b (1)',
    ])
  })

  test('by place in a lane that has nothing in common any more', async () => {
    await record('a.rrbin', thousand, 5)
    await record(
      'b.rrbin',
      thousand.map(({ n }) => ({ other: n })),
      5,
    )
    using a = openReader(join(root, '.x07_rr/a.rrbin'), { limits: NO_LIMITS })
    using b = openReader(join(root, '.x07_rr/b.rrbin'), { limits: NO_LIMITS })
    const [first, ...rest] = compareCassettes(a, b)
    expect(rest).toHaveLength(999)
    expect(first).toMatchObject({ before: 0, after: 0 })
  })

  test('lane by lane, whatever the order of the lanes, also where each has one entry', async () => {
    const lane = (value: unknown): string => `lane ${String(value)}`
    await record('a.rrbin', [1, 2, 3], 5, {}, undefined, lane)
    await record('b.rrbin', [3, 4, 2], 9, {}, undefined, lane)
    await record('c.rrbin', [3, 4, 2, 2], 9, {}, undefined, lane)
    const [first, fourth] = [
      '- amqp.publish_env lane 1: entry 0 is only in the first',
      '+ amqp.publish_env lane 4: entry 1 is only in the second',
    ]
    expect(diff(root, ['a', 'b']).lines.slice(0, -1)).toEqual([first, fourth])
    const again = '+ amqp.publish_env lane 2: entry 3 is only in the second'
    expect(diff(root, ['a', 'c']).lines.slice(0, -1)).toEqual([first, again, fourth])
  })
})
