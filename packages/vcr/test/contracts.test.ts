import { cpSync, mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { JsonObject } from '@x07-lab/msg-core'
import { appendSeal, checkSeal, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { openCassette } from '@x07-lab/msg-core/rr'
import { defaultLimits } from '@x07-lab/msg-core/run'
import { expect, test } from 'vitest'

import { vcr } from '../src/index.ts'
import { kafkaOrders } from './programs/kafka-orders.ts'
import { orders } from './programs/orders.ts'
import { cassettes, node, runVcr } from './run-vcr.ts'

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1'

/** A root with the committed cassettes and one contract of match rules. */
function rootWith(document: object): string {
  const root = mkdtempSync(join(tmpdir(), 'vcr-contracts-'))
  cpSync(join(cassettes, '.x07_rr'), join(root, '.x07_rr'), { recursive: true })
  mkdirSync(join(root, 'arch/vcr'), { recursive: true })
  const contract = { schema_version: 'vcr.match@0.1.0', id: 'mine', v: 1, ...document }
  writeFileSync(join(root, 'arch/vcr/mine.match.json'), JSON.stringify(contract))
  return root
}

const programs = { orders, 'kafka-orders': kafkaOrders }

test.each([
  ['orders', 'body', [{ key: 'amqp#1', ignore: ['value/order'] }]],
  ['orders', 'header', [{ ignore: ['headers/kind'] }]],
  ['kafka-orders', 'value', [{ key: 'Produce/', ignore: ['value/order'] }]],
  ['kafka-orders', 'header', [{ ignore: ['headers/kind'] }]],
  ['orders', 'fewer', [{ act: 'publish', order: 'optional' }]],
] as const)('a contract lets %s have another %s', async (cassette, change, rules) => {
  const tape = await vcr({ cassette, root: rootWith({ cassettes: [cassette], rules }), mode: 'replay' })
  await Promise.race([programs[cassette](() => undefined, change), tape.stalled])
  const report = tape.report()
  expect(report.divergences).toEqual([])
  tape.abandon()
})

test('a contract of another cassette, or of another lane, changes nothing', async () => {
  const rules = [{ key: 'amqp#2', ignore: ['value/order'] }]
  for (const document of [{ rules }, { cassettes: ['others'], rules: [{ ignore: ['value/order'] }] }]) {
    const tape = await vcr({ cassette: 'orders', root: rootWith(document), mode: 'replay' })
    await orders(() => undefined, 'body')
    await expect(tape.close()).rejects.toThrow('body/order was 2, is 20')
  }
})

test.each(['record', 'replay'])(
  'a contract that cannot be read ends a %s with exit code 3 and its name',
  async (mode) => {
    const ended = await runVcr([mode, '--root', rootWith({ rules: 'none' }), ...node('service.mjs')])
    expect(ended.stderr).toContain('read arch/vcr/mine.match.json')
    expect(ended.code).toBe(3)
  },
)

/** Seals a committed cassette again, as one that was recorded under this contract. */
async function recordedUnder(root: string, cassette: string, file: string, contract: JsonObject): Promise<void> {
  const name = `${cassette}.rrbin`
  const path = join(root, '.x07_rr', name)
  const { entries, bytes, open } = sealOf(path)
  truncateSync(path, bytes)
  const config = { mode: 'record_v1', matchMode: 'lookup_v1', limits: defaultLimits, path: name } as const
  using handle = await openCassette(config, { root })
  appendSeal(handle, { path, entries, open, more: { face: 'socket', contracts: { [file]: contract } } })
}

function sealOf(path: string) {
  using reader = openReader(path, { limits: NO_LIMITS })
  const check = checkSeal(reader, path)
  if (check.kind !== 'sealed') throw new Error(`${path} has no seal`)
  return check.seal
}

test('a cassette that was recorded under other contracts is stale: exit code 1', async () => {
  const root = rootWith({ rules: [{ order: 'bag' }] })
  const file = 'arch/vcr/mine.match.json'
  const contract = { schema_version: 'vcr.match@0.1.0', id: 'mine', v: 1, rules: [{ order: 'ordered' }] }
  const why = `it is stale, the contracts are not those it was recorded under: ${file}: rules[0].order was "ordered" and is "bag"`
  await recordedUnder(root, 'service', file, contract)
  const replay = await runVcr(['replay', '--root', root, ...node('service.mjs')])
  expect(replay.stderr).toContain(why)
  expect({ code: replay.code, stdout: replay.stdout }).toEqual({ code: 1, stdout: '' })
  await recordedUnder(root, 'orders', file, contract)
  await expect(vcr({ cassette: 'orders', root, mode: 'replay' })).rejects.toMatchObject({ code: 'stale' })
  const mended = { ...contract, rules: [{ order: 'bag' }] }
  await recordedUnder(root, 'service', file, mended)
  expect(await runVcr(['replay', '--root', root, ...node('service.mjs')])).toMatchObject({ code: 0 })
})
