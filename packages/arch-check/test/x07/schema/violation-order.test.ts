import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/index.ts'
import { openSchemas } from '../../../src/x07/schema/schemas.ts'

const schemas = openSchemas()
const POLICY = {
  schema_version: 'x07.arch.rr.policy@0.1.0',
  id: 'p',
  v: 1,
  mode_default: 'off',
  match_mode: 'lookup_v1',
  budgets: { max_cassette_bytes: 1, max_entries: 1, max_req_bytes: 1, max_resp_bytes: 1, max_key_bytes: 1 },
}
const { mode_default: _mode, ...WITHOUT_MODE } = POLICY
const TOPIC = { id: 't', key_brand: '', value_brand: 'v', max_value_bytes: 1 }
const topics = (...items: Json[]): Json => ({
  schema_version: 'x07.arch.msg.index@0.1.0',
  topics: items,
  rr_policy_id: 'p',
})

describe('the order of violations', () => {
  it.each<[string, Parameters<typeof schemas.validate>, string[]]>([
    [
      'members by their bytes, then unknown keys, then missing ones',
      ['rr-policy', { ...WITHOUT_MODE, zz: 1, v: 0, id: 'a b', match_mode: 'x' }],
      ['/id pattern', '/match_mode enum', '/v minimum', ' additionalProperties', ' required'],
    ],
    [
      'what is inside a member before what comes after it',
      ['rr-policy', { ...POLICY, budgets: { zz: 1, max_key_bytes: -1 }, id: '' }],
      [
        '/budgets/max_key_bytes minimum',
        '/budgets additionalProperties',
        ...Array.from({ length: 4 }, () => '/budgets required'),
        '/id minLength',
        '/id pattern',
      ],
    ],
    [
      'the keywords of one value by name',
      ['rr-policy', { ...POLICY, match_mode: 7 }],
      ['/match_mode enum', '/match_mode type'],
    ],
    [
      'elements by number',
      ['msg-index', topics(...Array.from({ length: 11 }, (_, at) => (at === 2 || at === 10 ? 7 : TOPIC)))],
      ['/topics/2 type', '/topics/10 type'],
    ],
  ])('%s', (_title, [name, value], wanted) => {
    const found = schemas.validate(name, value)
    expect(found.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)).toEqual(wanted)
  })
})
