import { describe, expect, it } from 'vitest'
import { PatchError } from '../../../src/x07/patch/edit-text.ts'
import { x07Layout } from '../../../src/x07/patch/x07-layout.ts'

const HEAD = { schema_version: 'x07.x07ast@0.9.0', kind: 'module', module_id: 'a', imports: [], decls: [] }
const fn = (name: string, more: object = {}): object => ({
  kind: 'defn',
  name: `a.${name}`,
  params: [],
  result: 'i32',
  body: 0,
  ...more,
})

/** What is written of a module, parsed again. */
function written(module: object): { decls: { [key: string]: unknown }[]; [key: string]: unknown } {
  return JSON.parse(x07Layout('m.x07.json', JSON.stringify({ ...HEAD, ...module })))
}

describe("X07's layout of a patched file", () => {
  it('sorts the keys of any JSON and prints its numbers as they are hashed', () => {
    expect(x07Layout('a.json', '{"b": 1.50, "a": [1e2, {}]}')).toBe(
      '{\n  "a": [\n    100.0,\n    {}\n  ],\n  "b": 1.5\n}\n',
    )
  })

  it('writes a module to the byte', () => {
    const text =
      '{"zz": 1, "meta": {"b": 1.0, "a": -0}, "solve": ["begin", 0], "decls": [], "imports": ["z", "b", "z"], "module_id": "a", "kind": " entry ", "schema_version": "x07.x07ast@0.3.0"}'
    expect(x07Layout('m.x07.json', text)).toBe(
      '{\n  "decls": [],\n  "imports": [\n    "b",\n    "z"\n  ],\n  "kind": "entry",\n  "meta": {\n    "a": -0.0,\n    "b": 1.0\n  },\n  "module_id": "a",\n  "schema_version": "x07.x07ast@0.3.0",\n  "solve": [\n    "begin",\n    0\n  ]\n}\n',
    )
  })

  it('puts exports first, then foreign functions, functions and async ones by name, records, and enums last', () => {
    const decls = [
      { kind: 'defenum', name: 'Z', variants: [{ name: 'x' }] },
      { kind: 'defenum', name: 'E', variants: [{ name: 'x' }] },
      { kind: 'defrecord', name: 'R', fields: [{ name: 'x', ty: 'i32' }] },
      { ...fn('b'), kind: 'defasync' },
      fn('z'),
      fn('B'),
      { kind: 'extern', abi: 'C', name: 'a.x', params: [], result: 'void' },
      { kind: 'export', names: ['a.z', 'a.B', 'a.z'] },
    ]
    expect(written({ decls }).decls.map(({ kind, name, names }) => [kind, name ?? names])).toEqual([
      ['export', ['a.B', 'a.z']],
      ['extern', 'a.x'],
      ['defn', 'a.B'],
      ['defn', 'a.z'],
      ['defasync', 'a.b'],
      ['defrecord', 'R'],
      ['defenum', 'Z'],
      ['defenum', 'E'],
    ])
  })

  it.each<[string, object, object]>([
    ['trims a doc', fn('f', { doc: '\u00a0 says \n' }), fn('f', { doc: 'says' })],
    ['drops a blank doc', fn('f', { doc: ' ' }), fn('f')],
    ['drops keys it does not know', fn('f', { mine: 1 }), fn('f')],
    ['drops empty lists of clauses', fn('f', { requires: [], loop_contracts: [], type_params: [] }), fn('f')],
    [
      'keeps of a clause what it knows',
      fn('f', { decreases: [{ witness: [], mine: 1, expr: ['x', 1], id: 'c' }] }),
      fn('f', { decreases: [{ expr: ['x', 1], id: 'c' }] }),
    ],
    [
      'keeps an empty protocol',
      { ...fn('f', { protocol: { mine: 1, await_invariant: [] } }), kind: 'defasync' },
      { ...fn('f', { protocol: {} }), kind: 'defasync' },
    ],
    [
      'keeps of parameters what it knows',
      fn('f', { params: [{ name: 'p', ty: 'bytes', brand: 'x.y', mine: 1 }] }),
      fn('f', { params: [{ name: 'p', ty: 'bytes', brand: 'x.y' }] }),
    ],
    [
      'names the symbol a foreign function is linked to',
      { kind: 'extern', abi: ' C ', name: 'a.b.sym', params: [], result: ' void ' },
      { kind: 'extern', abi: 'C', name: 'a.b.sym', link_name: 'sym', params: [], result: 'void' },
    ],
    [
      'keeps the text of a record as it is, and nothing else for one',
      { kind: 'defrecord', name: 'R', doc: ' d ', fields: [{ ty: 'u32', name: 'x', mine: 1 }] },
      { kind: 'defrecord', name: 'R', doc: ' d ', fields: [{ name: 'x', ty: 'u32' }] },
    ],
    [
      'drops a doc of an enum that is no text',
      { kind: 'defenum', name: 'E', doc: 5, variants: [{ name: 'x', payload: 'i32', mine: 1 }] },
      { kind: 'defenum', name: 'E', variants: [{ name: 'x', payload: 'i32' }] },
    ],
  ])('%s', (_title, given, kept) => {
    expect(written({ decls: [given] }).decls).toEqual([kept])
  })

  it('moves the pointers of loop contracts with their function', () => {
    const loop = (ptr: string): object => ({ ptr })
    const decls = [
      fn('z', { loop_contracts: [loop('/decls/0/body/2'), loop('elsewhere')] }),
      fn('b'),
      { kind: 'export', names: ['a.b'] },
    ]
    expect(written({ decls }).decls[2]?.['loop_contracts']).toEqual([
      { ptr: '/decls/2/body/2', invariant: [], decreases: [] },
      { ptr: 'elsewhere', invariant: [], decreases: [] },
    ])
  })

  it('writes no exports of an entry, and no meta but an object with something in it', () => {
    const decls = [{ kind: 'export', names: ['a.f'] }, fn('f')]
    expect(written({ kind: 'entry', decls, meta: [1] })).toEqual({ ...HEAD, kind: 'entry', decls: [fn('f')] })
    expect(written({ meta: {} })).toEqual(HEAD)
    expect(written({ meta: { __x07_internal_defn_decreases: {} } })).toEqual(HEAD)
  })

  it('refuses what X07 could not read again', () => {
    const patched = JSON.stringify({ ...HEAD, imports: ['not a module'] })
    expect(() => x07Layout('m.x07.json', patched)).toThrow(PatchError)
    expect(() => x07Layout('m.x07.json', patched)).toThrow(
      'patch m.x07.json: the result is no module: import "not a module" is not a module id',
    )
    expect(() => x07Layout('a.json', '{')).toThrow('patch a.json: the result is not JSON')
  })
})
