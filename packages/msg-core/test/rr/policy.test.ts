import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { loadPolicy, PolicyError, withPolicy } from '../../src/rr/index.ts'
import type { RrMode } from '../../src/rr/index.ts'
import { entryDocument, scratchFolder } from '../format/cassette/samples.ts'
import { rootWith } from './rr-samples.ts'

const indexFile = 'arch/rr/index.x07rr.json'
const policyFile = 'arch/rr/policies/orders_v1.policy.json'

const index = {
  schema_version: 'x07.arch.rr.index@0.1.0',
  policies: [{ id: 'orders_v1', policy_path: policyFile }],
  defaults: { record_modes_allowed: ['record_v1', 'replay_v1'] },
}
const budgets = {
  max_cassette_bytes: 16_777_216,
  max_entries: 2000,
  max_req_bytes: 1_048_576,
  max_resp_bytes: 1_048_577,
  max_key_bytes: 1024,
}
const policy = {
  schema_version: 'x07.arch.rr.policy@0.1.0',
  id: 'orders_v1',
  v: 1,
  match_mode: 'transcript_v1',
  budgets,
}

/** The two files under `root`; text is written as it is. */
function contracts(root: string, indexJson: unknown = index, policyJson: unknown = policy): string {
  for (const [file, json] of [
    [indexFile, indexJson],
    [policyFile, policyJson],
  ] as const) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(
      join(root, file),
      typeof json === 'string' || json instanceof Uint8Array ? json : JSON.stringify(json),
    )
  }
  return root
}

/** The policy with a further member, as it is written. */
const withNote = (json: string): string => JSON.stringify({ ...policy, note: 0 }).replace('"note":0', `"note":${json}`)

const load = (archRoot: string, mode: RrMode = 'replay_v1', policyId = 'orders_v1') =>
  loadPolicy({ archRoot, policyId, cassettePath: 'c.rrbin', mode })

describe('loadPolicy', () => {
  it('makes the configuration of a policy, a mode and a path', async () => {
    expect(await load(contracts(scratchFolder()), 'record_v1')).toEqual({
      mode: 'record_v1',
      matchMode: 'transcript_v1',
      limits: {
        maxCassetteBytes: 16_777_216n,
        maxEntries: 2000,
        maxReqBytes: 1_048_576,
        maxRespBytes: 1_048_577,
        maxKeyBytes: 1024,
      },
      path: 'c.rrbin',
    })
  })

  it('reads max_cassette_bytes exactly, up to a u64', async () => {
    const text = JSON.stringify(policy).replace('16777216', '18446744073709551615')
    expect((await load(contracts(scratchFolder(), index, text))).limits.maxCassetteBytes).toBe(
      18_446_744_073_709_551_615n,
    )
  })

  it.each([
    ['none', {}],
    ['an empty list of modes', { defaults: { record_modes_allowed: [] } }],
    ['a list of modes without text', { defaults: { record_modes_allowed: [1, null] } }],
  ])('allows only replay_v1 with %s in the index', async (_name, change) => {
    const { defaults: _defaults, ...bare } = index
    const root = contracts(scratchFolder(), { ...bare, ...change })
    expect((await load(root)).mode).toBe('replay_v1')
    await expect(load(root, 'record_v1')).rejects.toThrow(
      `${indexFile}: mode record_v1 is not in defaults.record_modes_allowed (replay_v1)`,
    )
  })

  it('takes 127 levels, and of members that occur twice the last, as X07 does', async () => {
    const deep = withNote('['.repeat(126) + ']'.repeat(126)).replace('"id":', '"id":"x","id":')
    expect((await load(contracts(scratchFolder(), index, deep))).mode).toBe('replay_v1')
  })

  const refusals: [string, unknown, unknown, RegExp][] = [
    ['an index that is no JSON', '{', policy, /^arch\/rr\/index\.x07rr\.json: is not JSON: /],
    ['an index that is a list', [], policy, /index\.x07rr\.json: is not a JSON object$/],
    [
      'an index of another version',
      { ...index, schema_version: 'x' },
      policy,
      /schema_version is "x", expected "x07\.arch\.rr\.index@0\.1\.0"$/,
    ],
    [
      'a mode that is not allowed',
      { ...index, defaults: { record_modes_allowed: ['off'] } },
      policy,
      /mode replay_v1 is not in defaults\.record_modes_allowed \(off\)$/,
    ],
    [
      'a policy that is not there',
      { ...index, policies: [{ id: 'other_v1' }] },
      policy,
      /there is no policy "orders_v1"; there are other_v1$/,
    ],
    ['no policy at all', { ...index, policies: [] }, policy, /there is no policy "orders_v1"; there are none$/],
    [
      'a policy without a path',
      { ...index, policies: [{ id: 'orders_v1' }] },
      policy,
      /policy "orders_v1" has no policy_path$/,
    ],
    [
      'a policy of another version',
      index,
      { ...policy, schema_version: 1 },
      /orders_v1\.policy\.json: schema_version is 1, /,
    ],
    ['a policy with another id', index, { ...policy, id: 'x' }, /id is "x", the index says "orders_v1"$/],
    [
      'an unknown match mode',
      index,
      { ...policy, match_mode: 'fuzzy' },
      /match_mode is "fuzzy", expected one of lookup_v1, transcript_v1$/,
    ],
    ['no budgets', index, { ...policy, budgets: undefined }, /budgets is missing$/],
    [
      'a budget left out',
      index,
      { ...policy, budgets: { ...budgets, max_entries: undefined } },
      /budgets\.max_entries is not an integer from 0 to 4294967295$/,
    ],
    [
      'a negative budget',
      index,
      { ...policy, budgets: { ...budgets, max_key_bytes: -1 } },
      /budgets\.max_key_bytes is not an integer/,
    ],
    [
      'a budget with a fraction',
      index,
      JSON.stringify(policy).replace('2000', '2000.0'),
      /budgets\.max_entries is not an integer/,
    ],
    [
      'a budget over its range',
      index,
      { ...policy, budgets: { ...budgets, max_req_bytes: 2 ** 32 } },
      /budgets\.max_req_bytes is not an integer/,
    ],
    [
      'a size over a u64',
      index,
      JSON.stringify(policy).replace('16777216', '18446744073709551616'),
      /budgets\.max_cassette_bytes is not an integer from 0 to 18446744073709551615$/,
    ],
    [
      'bytes that are not UTF-8',
      index,
      Buffer.from(withNote('"\xff"'), 'latin1'),
      /orders_v1\.policy\.json: is not JSON: line 1, column \d+: bytes that are not UTF-8$/,
    ],
    ['half a surrogate pair', index, withNote('"\\ud800"'), /is not JSON: .* half of a surrogate pair/],
    [
      '128 levels',
      index,
      withNote('['.repeat(127) + ']'.repeat(127)),
      /is not JSON: .* more than 127 levels of nesting$/,
    ],
    ['a number that is too large', index, withNote('1e999'), /holds a number outside the range of a double, at note$/],
  ]
  it.each(refusals)('refuses %s, naming the file', async (_name, indexJson, policyJson, message) => {
    const loading = load(contracts(scratchFolder(), indexJson, policyJson))
    await expect(loading).rejects.toThrow(PolicyError)
    await expect(loading).rejects.toThrow(message)
  })

  it('says which file is missing and where it was looked for', async () => {
    const root = scratchFolder()
    await expect(load(root)).rejects.toThrow(
      `${indexFile}: cannot be read under ${root} (ENOENT); an rr policy needs it`,
    )
  })
})

describe('withPolicy', () => {
  it('opens the cassette under the policy, with contracts from another folder where that is asked', async () => {
    const root = rootWith([entryDocument()])
    const archRoot = contracts(scratchFolder())
    const stats = await withPolicy('orders_v1', 'c.rrbin', 'replay_v1', (handle) => handle.stats(), { root, archRoot })
    expect(stats).toBe('{"v":1,"mode":2,"match_mode":1,"cassettes":1,"entries":1,"used":0,"bytes":96}')
  })

  it('leaves an unsafe path to the opening', async () => {
    const root = contracts(rootWith())
    await expect(withPolicy('orders_v1', '../c.rrbin', 'replay_v1', () => 0, { root })).rejects.toThrow(
      expect.objectContaining({
        code: 2000,
        message:
          'read rr configuration: cassette path "../c.rrbin" is not allowed; ' +
          'name a file under .x07_rr/ without "..", empty or ".x07_" segments',
      }),
    )
  })
})
