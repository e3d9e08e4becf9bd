import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/index.ts'
import { openSchemas } from '../../../src/x07/schema/schemas.ts'
import { BASES } from '../../fixtures/bases.ts'

const schemas = openSchemas()
const violationsOf = (...[name, value]: Parameters<typeof schemas.validate>): string[] =>
  schemas.validate(name, value).map(({ instancePath, schemaPath }) => `${instancePath} ${schemaPath}`)
const changed = (change: object): Json =>
  JSON.parse(JSON.stringify({ ...BASES.graph['arch/manifest.x07arch.json'], ...change }))

describe('violations', () => {
  it('stand where X07 compiled a shared definition first, in alphabetical order', () => {
    const repo = { id: 'a shop', root: '/abs' }
    expect(violationsOf('manifest', changed({ repo }))).toEqual([
      '/repo/id /properties/repo/properties/id/$ref/pattern',
      '/repo/root /properties/contracts_v1/$ref/properties/archive/$ref/properties/index_path/$ref/pattern',
    ])
  })

  it('count all unknown keys of an object as one', () => {
    const found = schemas.validate('manifest', changed({ extra: 1, 'more/keys': 2 }))
    expect(found).toEqual([
      {
        instancePath: '',
        schemaPath: '/additionalProperties',
        keyword: 'additionalProperties',
        message: 'must not have the keys "extra", "more/keys"',
        pointer: '/extra',
      },
    ])
  })

  it.each([
    [{ kind: 'flood' }, 'must have a kind that is one of "duplicate_delivery", "late_delivery", "reorder"'],
    [{ delivery: 3 }, 'must have the key "kind"'],
    [{ kind: 'lost_confirm', publish: 3, by: 1 }, 'must not have the key "by"'],
    [{ kind: 'lost_confirm', publish: 'a' }, 'must be integer'],
  ])('are those of the alternative that a key names: %j', (fault, message) => {
    const plan = { schema_version: 'vcr.fault@0.1.0', id: 'plan', v: 1, faults: [fault] }
    const found = schemas.validate('vcr-fault', plan)
    expect(found.map((one) => one.message)).toEqual([expect.stringContaining(message)])
  })

  it.each([
    [256, []],
    [257, ['/redact_token /properties/redact_token/maxLength']],
  ])('count lengths in code points: %i of them outside the basic plane', (length, expected) => {
    const sanitizer = {
      schema_version: 'x07.arch.rr.sanitize@0.1.0',
      id: 'headers',
      v: 1,
      redact_headers: [],
      redact_token: '\u{1f600}'.repeat(length),
    }
    expect(violationsOf('rr-sanitize', sanitizer)).toEqual(expected)
  })

  it('count a rule as one fault, whatever is wrong inside it', () => {
    const rules = [{ kind: 'layers_v1', id: 7, layers: [], direction: 'up' }, { kind: 'nope' }]
    expect(violationsOf('manifest', changed({ rules }))).toEqual(
      ['/rules/0', '/rules/1'].map((path) => `${path} /properties/rules/items/$ref/oneOf`),
    )
  })

  it.each<[string, Json, string[]]>([
    [
      'one for each missing key',
      {},
      ['schema_version', 'id', 'v', 'redact_headers', 'redact_token'].map(() => ' /required'),
    ],
    [
      'both type and enum of a value of another type',
      { mode_default: 1 },
      ['/mode_default /properties/mode_default/$ref/enum', '/mode_default /properties/mode_default/$ref/type'],
    ],
    [
      'length and pattern of an empty id',
      { id: '' },
      ['/id /properties/id/$ref/minLength', '/id /properties/id/$ref/pattern'],
    ],
  ])('count %s', (_title, value, wanted) => {
    const found = violationsOf(Object.keys(value ?? {}).length === 0 ? 'rr-sanitize' : 'rr-policy', value)
    expect(wanted.length > 2 ? found : found.filter((line) => !line.startsWith(' '))).toEqual(
      expect.arrayContaining(wanted),
    )
  })

  it.each([
    ['a path after a line break', 'a\n/../b', true],
    ['dots in a name', 'a/..b/c..', true],
    ['a way up', 'a/../b', false],
    ['a way up with backslashes', 'a\\..\\b', false],
    ['a drive', 'C:x', false],
    ['a carriage return before a way up', 'a\r/../b', false],
  ])('of %s as X07 sees them', (_title, root, accepted) => {
    expect(violationsOf('manifest', changed({ repo: { id: 'x', root } })).length === 0).toBe(accepted)
  })

  it('count lengths in code points', () => {
    const sanitizer = (token: string): Json => ({
      schema_version: 'x07.arch.rr.sanitize@0.1.0',
      id: 'x',
      v: 1,
      redact_headers: [],
      redact_token: token,
    })
    expect(violationsOf('rr-sanitize', sanitizer('\u{1f600}'.repeat(256)))).toEqual([])
    expect(violationsOf('rr-sanitize', sanitizer('\u{1f600}'.repeat(257)))).toEqual([
      '/redact_token /properties/redact_token/maxLength',
    ])
  })
})
