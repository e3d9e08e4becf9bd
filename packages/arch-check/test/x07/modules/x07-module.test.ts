import { describe, expect, test } from 'vitest'
import { readX07Module } from '../../../src/x07/modules/x07-module.ts'

interface Parts {
  version?: string
  root?: Record<string, unknown>
  decls?: unknown[]
}

const F = { kind: 'defn', name: 'a.f', params: [], result: 'i32', body: 0 }

function source({ version = '0.8.0', root = {}, decls = [] }: Parts): string {
  return JSON.stringify({
    schema_version: `x07.x07ast@${version}`,
    kind: 'module',
    module_id: 'a',
    imports: [],
    decls,
    ...root,
  })
}

function read(text: string | Uint8Array) {
  const read = readX07Module('a.x07.json', typeof text === 'string' ? new TextEncoder().encode(text) : text)
  return 'fault' in read ? (read.fault.pointer ?? `${read.fault.line}:${read.fault.col}`) : read.module
}

const fn = (changes: Record<string, unknown>): Parts => ({ decls: [{ ...F, ...changes }] })

describe('an X07 module', () => {
  test('tells its id, imports, exports and code', () => {
    const decls = [
      { kind: ' export ', names: ['a.f', 'b.g'] },
      { ...F, params: [{ name: 'x', ty: 'bytes', brand: 'b.c' }], result: ['result', 'bytes_view'], result_brand: 'd' },
      { kind: 'defasync', name: 'a.g', params: [], result: ['t', 'T'], body: ['begin', ['bytes.lit', 'x y'], -2] },
    ]
    expect(read(source({ decls, root: { imports: ['z', 'b', 'z'], solve: 'x' } }))).toMatchObject({
      id: 'a',
      imports: [
        { name: 'b', place: { index: 1 } },
        { name: 'z', place: { index: 0 } },
      ],
      exports: new Set(['a.f', 'b.g']),
      functions: [
        {
          name: 'a.f',
          params: [{ name: 'x', type: { kind: 'named', name: 'bytes' }, brand: 'b.c' }],
          result: { kind: 'applied', head: 'result', args: [{ kind: 'named', name: 'bytes_view' }] },
          resultBrand: 'd',
          body: { expr: 0, pointer: '/decls/1/body' },
        },
      ],
      asyncFunctions: [{ name: 'a.g', body: { expr: ['begin', ['bytes.lit', 'x y'], -2], pointer: '/decls/2/body' } }],
      solve: { expr: 'x', pointer: '/solve' },
    })
  })

  test.each<[title: string, parts: Parts]>([
    ['of the oldest version', { version: '0.3.0' }],
    [
      'of the newest version, with records and enums',
      {
        version: '0.9.0',
        decls: [
          { kind: 'defrecord', name: 'R', fields: [{ name: 'x', ty: 'u32' }] },
          { kind: 'defenum', name: 'E', variants: [{ name: 'x' }, { name: 'y', payload: 'i32' }] },
        ],
      },
    ],
    ['that is an entry', { root: { kind: ' entry', solve: ['f', 2147483647, -2147483648] } }],
    ['with blanks around its id', { root: { module_id: ' a.b-c ' } }],
    [
      'with clauses',
      fn({
        requires: [{ expr: 1, id: 'x', witness: ['y'] }],
        decreases: [{ expr: 'n' }],
        type_params: [{ name: 'T', bound: 'B' }],
      }),
    ],
    ['with loop contracts', fn({ loop_contracts: [{ ptr: '/x', invariant: [{ expr: 1 }] }] })],
    ['with a protocol', { decls: [{ ...F, kind: 'defasync', protocol: { await_invariant: [{ expr: 1 }] } }] }],
    [
      'with an extern',
      { decls: [{ kind: 'extern', name: 'a.c', abi: 'C', params: [{ name: 'p', ty: 'ptr_mut_u8' }], result: 'void' }] },
    ],
    [
      'with an empty export before another',
      {
        decls: [
          { kind: 'export', names: [] },
          { kind: 'export', names: ['a'] },
        ],
      },
    ],
    ['with unknown members and meta', { root: { meta: { x: 1.5 }, y: null } }],
  ])('is read %s', (_, parts) => {
    expect(read(source(parts))).toMatchObject({ kind: 'x07' })
  })

  test.each<[title: string, text: string, pointer: string]>([
    ['no JSON', '{', '1:2'],
    ['a byte-order mark', `\uFEFF${source({})}`, '1:1'],
    ['another root', '[]', ''],
    ['a version before the oldest', source({ version: '0.2.0' }), '/schema_version'],
    ['a version after the newest', source({ version: '0.10.0' }), '/schema_version'],
    ['another kind', source({ root: { kind: 'x' } }), '/kind'],
    ['an id with a slash', source({ root: { module_id: 'a/b' } }), '/module_id'],
    ['an id with an empty segment', source({ root: { module_id: 'a..b' } }), '/module_id'],
    ['an id that begins with a digit', source({ root: { module_id: '1a' } }), '/module_id'],
    ['an import that is no id', source({ root: { imports: ['a b'] } }), '/imports'],
    ['an import that is no string', source({ root: { imports: ['a', 1] } }), '/imports/1'],
    ['declarations that are no list', source({ root: { decls: {} } }), '/decls'],
    ['an unknown declaration', source({ decls: [{ kind: 'x' }] }), '/decls/0/kind'],
    [
      'two exports',
      source({
        decls: [
          { kind: 'export', names: ['a'] },
          { kind: 'export', names: ['b'] },
        ],
      }),
      '/decls/1/kind',
    ],
    ['an export that is no symbol', source({ decls: [{ kind: 'export', names: ['é'] }] }), '/decls/0/names/0'],
    ['a name of another module', source(fn({ name: 'b.f' })), '/decls/0/name'],
    ['a name declared twice', source({ decls: [F, { ...F, kind: 'defasync' }] }), '/decls/1/name'],
    ['the reserved parameter', source(fn({ params: [{ name: 'input', ty: 'i32' }] })), '/decls/0/params/0/name'],
    ['an unknown type', source(fn({ result: 'string' })), '/decls/0/result'],
    ['an applied type without argument', source(fn({ result: ['option'] })), '/decls/0/result'],
    [
      'a brand on an integer',
      source(fn({ params: [{ name: 'x', ty: 'i32', brand: 'b' }] })),
      '/decls/0/params/0/brand',
    ],
    [
      'a brand on a result of integers',
      source(fn({ result: ['result', 'u32'], result_brand: 'b' })),
      '/decls/0/result_brand',
    ],
    ['no body', source({ decls: [{ kind: 'defn', name: 'a.f', params: [], result: 'i32' }] }), '/decls/0'],
    ['a number over 32 bits', source(fn({ body: ['f', 2147483648] })), '/decls/0/body/1'],
    ['a number with a point', source(fn({ body: ['f', '#'] })).replace('"#"', '1.0'), '/decls/0/body/1'],
    ['a number with an exponent', source(fn({ body: ['f', '#'] })).replace('"#"', '1e0'), '/decls/0/body/1'],
    ['minus zero', source(fn({ body: ['f', '#'] })).replace('"#"', '-0'), '/decls/0/body/1'],
    ['an empty list', source(fn({ body: [] })), '/decls/0/body'],
    ['a list without a head', source(fn({ body: ['f', [1]] })), '/decls/0/body/1'],
    ['an atom with a blank', source(fn({ body: ['f', 'x\u00a0y'] })), '/decls/0/body/1'],
    ['text in another place than the first', source(fn({ body: ['bytes.lit', 'x', 'y z'] })), '/decls/0/body/2'],
    ['null as an expression', source({ root: { solve: null } }), '/solve'],
    ['a doc that is no text', source(fn({ doc: 1 })), '/decls/0/doc'],
    ['clauses too early', source({ ...fn({ requires: [] }), version: '0.4.0' }), '/decls/0/requires'],
    [
      'loop contracts too early',
      source({ ...fn({ loop_contracts: [] }), version: '0.5.0' }),
      '/decls/0/loop_contracts',
    ],
    [
      'a protocol too early',
      source({ decls: [{ ...F, kind: 'defasync', protocol: {} }], version: '0.6.0' }),
      '/decls/0/protocol',
    ],
    ['decreases too early', source({ ...fn({ decreases: [] }), version: '0.7.0' }), '/decls/0/decreases'],
    ['a protocol on a sync function', source(fn({ protocol: {} })), '/decls/0/protocol'],
    [
      'decreases on an async function',
      source({ decls: [{ ...F, kind: 'defasync', decreases: [] }] }),
      '/decls/0/decreases',
    ],
    ['a clause without expr', source(fn({ ensures: [{}] })), '/decls/0/ensures/0'],
    [
      'a type parameter twice',
      source(fn({ type_params: [{ name: 'T' }, { name: 'T' }] })),
      '/decls/0/type_params/1/name',
    ],
    [
      'another abi',
      source({ decls: [{ kind: 'extern', name: 'a.c', abi: 'D', params: [], result: 'void' }] }),
      '/decls/0/abi',
    ],
    [
      'an extern of bytes',
      source({ decls: [{ kind: 'extern', name: 'a.c', abi: 'C', params: [], result: 'bytes' }] }),
      '/decls/0/result',
    ],
    [
      'an extern whose name C does not take',
      source({ decls: [{ kind: 'extern', name: 'a.c-d', abi: 'C', params: [], result: 'void' }] }),
      '/decls/0/name',
    ],
    [
      'records too early',
      source({ decls: [{ kind: 'defrecord', name: 'R', fields: [{ name: 'x', ty: 'i32' }] }] }),
      '/decls/0/kind',
    ],
    [
      'a record without fields',
      source({ version: '0.9.0', decls: [{ kind: 'defrecord', name: 'R', fields: [] }] }),
      '/decls/0/fields',
    ],
    [
      'an enum with bytes',
      source({
        version: '0.9.0',
        decls: [{ kind: 'defenum', name: 'E', variants: [{ name: 'x', payload: 'bytes' }] }],
      }),
      '/decls/0/variants/0/payload',
    ],
  ])('is refused with %s', (_, text, pointer) => {
    expect(read(text)).toBe(pointer)
  })

  test.each([
    ['nested 1 MB deep', `{"decls":${'['.repeat(1_000_000)}`],
    ['with a __proto__ key', source({}).replace('"decls":[]', '"decls":[],"__proto__":{"module_id":"b"}')],
  ])('%s neither ends the process nor changes the module', (_, text) => {
    const found = read(text)
    expect(typeof found === 'string' ? found : found.id).toMatch(/^(?:a|1:\d+)$/)
  })
})
