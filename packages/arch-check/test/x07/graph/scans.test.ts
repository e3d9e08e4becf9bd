import { describe, expect, test } from 'vitest'
import type { AssignedModule, BudgetScanProfile, ScanResult } from '../../../src/x07/graph/index.ts'
import { scanBudgets, scanRr } from '../../../src/x07/graph/index.ts'
import type { World } from '../../../src/x07/manifest/types.ts'
import { readX07Module } from '../../../src/x07/modules/x07-module.ts'
import { node, x07 } from './project.ts'

/** A module `m` whose function `m.g` has this body, in a node of this world. */
function code(body: unknown, world: World | 'unassigned' = 'run-os', kind = 'defn'): AssignedModule {
  const text = x07('m', [], [{ kind, name: 'm.g', params: [], result: 'i32', body }])
  const read = readX07Module('m.x07.json', new TextEncoder().encode(text))
  if ('fault' in read) throw new Error(read.fault.reason)
  return { module: read.module, ...(world !== 'unassigned' && { node: node('m', { world }) }) }
}

function summary({ findings, patches }: ScanResult): unknown[] {
  return [
    ...findings.map(({ code: name, severity, data, loc }) => [name.replace('_ARCH', ''), severity, data, loc]),
    ...patches,
  ]
}

describe('the rr scan', () => {
  const policies = [
    { id: 'p', worlds_allowed: [], ops_allowed: ['op.shadowed'] },
    { id: 'p', worlds_allowed: ['run-os'], ops_allowed: ['op.a'] },
    { id: 'q', worlds_allowed: ['run-os', 'solve-rr'], ops_allowed: ['op.b'] },
  ]
  const lit = (id: string) => ['bytes.lit', id]
  const scope = (id: unknown, body: unknown) => ['std.rr.with_policy_v1', id, lit('c.bin'), 2, body]
  const required = (op: string) => ['E_RR_POLICY_REQUIRED', 'error', { op, world: 'run-os' }, undefined]
  const opaque = (astPtr: string) => ['W_CONTRACT_OPAQUE_USAGE', 'warning', undefined, { astPtr }]

  test.each<[title: string, body: unknown, world: World | 'unassigned', found: unknown[]]>([
    ['lets a call in its scope pass', scope(lit('p'), ['begin', ['op.a', 0]]), 'run-os', []],
    ['wants a scope around a call', ['begin', ['op.a', ['op.b', 0]]], 'run-os', [required('op.a'), required('op.b')]],
    ['wants none in a solve world', ['op.a', 0], 'solve-rr', []],
    ['passes over modules without a node', ['op.a', 0], 'unassigned', []],
    ['knows the ops of a policy that another one replaced', ['op.shadowed', 0], 'run-os', [required('op.shadowed')]],
    ['takes an atom for no call', ['begin', 'op.a'], 'run-os', []],
    [
      'finds an unknown policy',
      scope(lit('x'), ['op.a', 0]),
      'run-os',
      [['E_RR_POLICY_NOT_FOUND', 'error', { policy_id: 'x' }, undefined]],
    ],
    [
      'finds a policy in the wrong world',
      scope(lit('p'), 0),
      'solve-rr',
      [['E_RR_WORLD_VIOLATION', 'error', { policy_id: 'p', world: 'solve-rr' }, undefined]],
    ],
    [
      'finds a call that its policy does not allow',
      scope(lit('p'), ['op.b', 0]),
      'run-os',
      [['E_RR_OP_NOT_ALLOWED', 'error', { policy_id: 'p', op: 'op.b' }, undefined]],
    ],
    ['holds a call to the innermost scope', scope(lit('p'), scope(lit('q'), ['op.b', 0])), 'run-os', []],
    ['closes a scope behind its body', ['begin', scope(lit('p'), 0), ['op.a', 0]], 'run-os', [required('op.a')]],
    ['looks at the body of a scope only', scope(['f', ['op.a', 0]], 0), 'run-os', [opaque('/decls/2/body/1')]],
    [
      'takes a computed scope for none',
      scope('id', ['op.a', 0]),
      'run-os',
      [opaque('/decls/2/body/1'), required('op.a')],
    ],
    ['finds a scope without an id', ['std.rr.with_policy_v1'], 'run-os', [opaque('')]],
    [
      'takes a literal with two texts for computed',
      scope(['bytes.lit', 'p', 'q'], 0),
      'run-os',
      [opaque('/decls/2/body/1')],
    ],
  ])('%s', (_, body, world, found) => {
    const options = { policies, requirePolicyForOsCalls: true, rules: 'x07' as const }
    expect(summary(scanRr([code(body, world)], options))).toEqual(found)
    expect(summary(scanRr([code(body, world, 'defasync')], options))).toEqual(found)
  })

  test('wants no scope where the manifest does not', () => {
    expect(summary(scanRr([code(['op.a', 0])], { policies, requirePolicyForOsCalls: false, rules: 'all' }))).toEqual([])
  })

  test.each(['x07', 'all'] as const)('warns when it has nothing to look at, under our own rules: %s', (rules) => {
    const options = { policies, requirePolicyForOsCalls: true, rules, at: () => ({ file: 'm.json', line: 3, col: 4 }) }
    expect(summary(scanRr([code(0, 'unassigned')], options))).toEqual(
      rules === 'x07'
        ? []
        : [['W_RR_SCAN_INERT', 'warning', { flag: 'require_policy_for_os_calls' }, { file: 'm.json' }]],
    )
  })
})

describe('the budget scan', () => {
  const scope = (id: unknown, ...body: unknown[]) => ['budget.scope_from_arch_v1', id, ...body]
  const lit = (id: string) => ['bytes.lit', id]
  const profile = (changes: Partial<BudgetScanProfile> = {}): BudgetScanProfile => ({
    id: 'p',
    enforce: 'error',
    selectors: [{ module_prefix: 'm', fn: 'm.g' }],
    worlds_allowed: [],
    ...changes,
  })
  const other = profile({ id: 'o', selectors: [] })
  const file = { file: 'm.x07.json' }
  const missing = (severity: string) => [
    'E_BUDGET_SCOPE_MISSING',
    severity,
    { profile_id: 'p', fn: 'm.g' },
    { astPtr: '/decls/2/body' },
  ]
  const wrap = (body: unknown) => ({
    path: 'm.x07.json',
    ops: [{ op: 'replace', path: '/decls/2/body', value: scope(lit('p'), body) }],
    note: 'wrap the function bodies in budget scopes',
  })
  const world = (name: string) => ['E_BUDGET_WORLD_VIOLATION', 'error', { profile_id: 'p', world: name }, file]

  test.each<[title: string, body: unknown, profile: BudgetScanProfile, found: unknown[]]>([
    ['accepts a body in its scope', scope(lit('p'), 0), profile(), []],
    ['wraps a body without', ['f', 1], profile(), [missing('error'), wrap(['f', 1])]],
    [
      'wraps a body in the scope of another profile',
      scope(lit('o'), 0),
      profile(),
      [missing('error'), wrap(scope(lit('o'), 0))],
    ],
    [
      'wraps a body in a scope with another shape',
      scope(lit('p'), 0, 0),
      profile(),
      [missing('error'), wrap(scope(lit('p'), 0, 0))],
    ],
    ['only warns where the profile says so', 0, profile({ enforce: 'warn' }), [missing('warning'), wrap(0)]],
    ['leaves selectors alone where the profile is off', 0, profile({ enforce: 'off' }), []],
    [
      'finds a selector without modules',
      0,
      profile({ selectors: [{ module_prefix: 'x', fn: 'y' }] }),
      [
        [
          'E_BUDGET_SELECTOR_MODULE_PREFIX_NOT_FOUND',
          'error',
          { profile_id: 'p', module_prefix: 'x', fn: 'y' },
          undefined,
        ],
      ],
    ],
    [
      'finds a selector without a function',
      0,
      profile({ selectors: [{ module_prefix: 'm', fn: 'm.x' }] }),
      [['E_BUDGET_SELECTOR_FN_NOT_FOUND', 'error', { profile_id: 'p', fn: 'm.x' }, file]],
    ],
    [
      'finds the wrong world in the selector and in the usage',
      scope(lit('p'), 0),
      profile({ worlds_allowed: ['solve-rr'] }),
      [world('run-os'), world('run-os')],
    ],
    [
      'finds an unknown profile',
      ['f', scope(lit('x'))],
      profile({ selectors: [] }),
      [['E_BUDGET_PROFILE_NOT_FOUND', 'error', { profile_id: 'x' }, file]],
    ],
    [
      'finds a computed profile, and scopes inside it',
      scope(['f', scope(lit('x'), 0)], 0),
      profile({ selectors: [] }),
      [
        ['W_CONTRACT_OPAQUE_USAGE', 'warning', undefined, { astPtr: '/decls/2/body/1' }],
        ['E_BUDGET_PROFILE_NOT_FOUND', 'error', { profile_id: 'x' }, file],
      ],
    ],
  ])('%s', (_, body, chosen, found) => {
    expect(
      summary(scanBudgets([code(body)], { profiles: [other, chosen], requireScopes: true, rules: 'x07' })),
    ).toEqual(found)
  })

  test('looks at usages only where no scopes are required', () => {
    expect(summary(scanBudgets([code(0)], { profiles: [profile()], requireScopes: false, rules: 'all' }))).toEqual([])
  })

  test('goes through profiles by id and selectors by prefix and function, and gathers one patch', () => {
    const selectors = [
      { module_prefix: 'm', fn: 'm.g' },
      { module_prefix: 'm', fn: 'm.f' },
      { module_prefix: 'a', fn: 'z' },
    ]
    const { findings, patches } = scanBudgets([code(1)], {
      profiles: [
        profile({ selectors }),
        profile({ id: 'a', selectors: [selectors[1] ?? { module_prefix: '', fn: '' }] }),
      ],
      requireScopes: true,
      rules: 'x07',
    })
    expect(findings.map(({ data }) => [data?.['profile_id'], data?.['fn']])).toEqual([
      ['a', 'm.f'],
      ['p', 'z'],
      ['p', 'm.f'],
      ['p', 'm.g'],
    ])
    expect(patches.map(({ ops }) => ops.length)).toEqual([3])
  })

  test('tells that a selected function is async, and that there is nothing to look at', () => {
    const options = { profiles: [profile()], requireScopes: true, rules: 'all' as const }
    expect(summary(scanBudgets([code(0, 'run-os', 'defasync')], options))).toEqual([
      ['E_BUDGET_SELECTOR_FN_NOT_FOUND', 'error', { profile_id: 'p', fn: 'm.g' }, file],
      ['W_BUDGET_SELECTOR_FN_ASYNC', 'warning', { profile_id: 'p', fn: 'm.g' }, file],
    ])
    expect(summary(scanBudgets([], { ...options, profiles: [] }))).toEqual([
      ['W_BUDGETS_SCAN_INERT', 'warning', { flag: 'require_scopes' }, undefined],
    ])
  })
})
