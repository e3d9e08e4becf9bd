import type { Finding, Json, Patch, Position } from '../../finding.ts'
import type { World } from '../manifest/types.ts'
import type { X07Body, X07Function, X07Module } from './module.ts'
import { positionOfPointer } from './module.ts'
import type { X07Expr } from '../modules/x07-expr.ts'
import { literalOf } from '../modules/x07-expr.ts'
import { compareUtf8 } from '../../order.ts'
import type { AssignedModule, Rules } from './input.ts'
import { hasPrefix } from './prefix.ts'
import type { ScanResult } from './scan.ts'
import { inertScan, opaqueUsage, scannable } from './scan.ts'

/** What the scan knows of a profile in the budgets index. */
export interface BudgetScanProfile {
  id: string
  enforce: 'error' | 'warn' | 'off'
  selectors: readonly { module_prefix: string; fn: string }[]
  /** Empty allows every world. */
  worlds_allowed: readonly string[]
}

/** The budget contracts that code is held to. */
interface BudgetScanOptions {
  /** All of the index; of several profiles with one id the last counts. */
  profiles: readonly BudgetScanProfile[]
  requireScopes: boolean
  rules: Rules
  /** Where the manifest sets `require_scopes`. */
  at?: () => Position
}

const NOTE = 'wrap the function bodies in budget scopes'
const SCOPE = 'budget.scope_from_arch_v1'

interface Selection {
  findings: Finding[]
  /** Function bodies to wrap, by module: one patch for each, whatever the number of functions. */
  wraps: Map<string, Patch['ops']>
}

/** Holds the X07 modules to the budget profiles: the functions that selectors pick, then every scope that code opens. */
export function scanBudgets(modules: readonly AssignedModule[], options: BudgetScanOptions): ScanResult {
  const profiles = new Map(options.profiles.map((profile) => [profile.id, profile]))
  const result: Selection = { findings: [], wraps: new Map() }
  if (options.requireScopes) {
    const inOrder = [...profiles.values()].toSorted((a, b) => compareUtf8(a.id, b.id))
    for (const profile of inOrder) checkSelectors(profile, modules, options.rules, result)
  }
  const code = scannable(modules)
  for (const { module, world, bodies } of code) {
    const visit = visitor(profiles, module, world, result.findings)
    for (const { expr, pointer } of bodies) visit(expr, pointer)
  }
  if (options.requireScopes && options.rules === 'all' && code.length === 0) {
    result.findings.push(inertScan('W_ARCH_BUDGETS_SCAN_INERT', 'require_scopes', options.at?.()))
  }
  return { findings: result.findings, patches: [...result.wraps].map(([path, ops]) => ({ path, ops, note: NOTE })) }
}

function checkSelectors(
  profile: BudgetScanProfile,
  modules: readonly AssignedModule[],
  rules: Rules,
  result: Selection,
): void {
  if (profile.enforce === 'off') return
  const selectors = profile.selectors.toSorted(
    (a, b) => compareUtf8(a.module_prefix, b.module_prefix) || compareUtf8(a.fn, b.fn),
  )
  for (const { module_prefix: prefix, fn } of selectors) {
    const matching = modules.filter(({ module }) => module.kind === 'x07' && hasPrefix(module.id, prefix, rules))
    for (const { module, node } of matching) {
      if (module.kind === 'x07' && node !== undefined)
        checkSelected({ profile, fn, module, world: node.world, rules }, result)
    }
    if (matching.length > 0) continue
    result.findings.push({
      code: 'E_ARCH_BUDGET_SELECTOR_MODULE_PREFIX_NOT_FOUND',
      severity: 'error',
      stage: 'lint',
      message: `profile ${profile.id} selects modules that begin with ${prefix}, and there are none`,
      data: { profile_id: profile.id, module_prefix: prefix, fn },
      origin: 'x07',
    })
  }
}

interface Selected {
  profile: BudgetScanProfile
  fn: string
  module: X07Module
  world: World
  rules: Rules
}

function checkSelected({ profile, fn, module, world, rules }: Selected, result: Selection): void {
  const data = { profile_id: profile.id, fn }
  if (!allows(profile, world)) result.findings.push(worldViolation(module, '', profile, world))
  const selected = module.functions.find(({ name }) => name === fn)
  if (selected === undefined) {
    const message = `profile ${profile.id} selects ${fn}, which is no function of the module`
    result.findings.push(inFile(module, '', { code: 'E_ARCH_BUDGET_SELECTOR_FN_NOT_FOUND', message, data }))
    const async = rules === 'all' ? module.asyncFunctions.find(({ name }) => name === fn) : undefined
    if (async !== undefined) result.findings.push(selectsAsync(module, async, profile.id))
    return
  }
  const { expr, pointer } = selected.body
  if (isScopeOn(profile.id, expr)) return
  result.findings.push({
    code: 'E_ARCH_BUDGET_SCOPE_MISSING',
    severity: profile.enforce === 'warn' ? 'warning' : 'error',
    stage: 'lint',
    message: `${module.path}: ${fn} wants a ${SCOPE} on ${profile.id} around its body`,
    loc: { astPtr: pointer },
    at: positionOfPointer(module, pointer),
    data,
    origin: 'x07',
  })
  addOp(result.wraps, module.path, wrap(profile.id, selected.body))
}

function isScopeOn(profileId: string, body: X07Expr): boolean {
  return Array.isArray(body) && body.length === 3 && body[0] === SCOPE && literalOf(body[1]) === profileId
}

function wrap(profileId: string, { expr, pointer }: X07Body): Patch['ops'][number] {
  return { op: 'replace', path: pointer, value: [SCOPE, ['bytes.lit', profileId], expr] }
}

function addOp(wraps: Selection['wraps'], path: string, op: Patch['ops'][number]): void {
  const known = wraps.get(path)
  if (known === undefined) wraps.set(path, [op])
  else known.push(op)
}

function selectsAsync(module: X07Module, { name, body }: X07Function, profileId: string): Finding {
  return {
    ...inFile(module, body.pointer.replace(/\/body$/, '/name'), {
      code: 'W_ARCH_BUDGET_SELECTOR_FN_ASYNC',
      message: `profile ${profileId} selects ${name}, which is async: selectors see sync functions only`,
      data: { profile_id: profileId, fn: name },
    }),
    severity: 'warning',
    origin: 'own',
  }
}

function visitor(
  profiles: ReadonlyMap<string, BudgetScanProfile>,
  module: X07Module,
  world: World,
  findings: Finding[],
): (expr: X07Expr, pointer: string) => void {
  const visit = (expr: X07Expr, pointer: string): void => {
    if (!Array.isArray(expr)) return
    if (expr[0] === SCOPE && expr.length >= 2) {
      const id = literalOf(expr[1])
      const profile = id === undefined ? undefined : profiles.get(id)
      if (id === undefined) {
        findings.push(opaqueUsage(module, `${pointer}/1`, `${SCOPE} wants its profile id as a literal`))
      } else if (profile === undefined) {
        const message = `the budgets index has no profile ${id}`
        findings.push(
          inFile(module, pointer, { code: 'E_ARCH_BUDGET_PROFILE_NOT_FOUND', message, data: { profile_id: id } }),
        )
      } else if (!allows(profile, world)) {
        findings.push(worldViolation(module, pointer, profile, world))
      }
    }
    expr.forEach((item, at) => visit(item, `${pointer}/${at}`))
  }
  return visit
}

function allows({ worlds_allowed: worlds }: BudgetScanProfile, world: World): boolean {
  return worlds.length === 0 || worlds.includes(world)
}

function worldViolation(module: X07Module, pointer: string, profile: BudgetScanProfile, world: World): Finding {
  return inFile(module, pointer, {
    code: 'E_ARCH_BUDGET_WORLD_VIOLATION',
    message: `profile ${profile.id} allows worlds ${profile.worlds_allowed.join(', ')}, not ${world}`,
    data: { profile_id: profile.id, world },
  })
}

function inFile(
  module: X07Module,
  pointer: string,
  { code, message, data }: { code: string; message: string; data: Record<string, Json> },
): Finding {
  return {
    code,
    severity: 'error',
    stage: 'lint',
    message: `${module.path}: ${message}`,
    loc: { file: module.path },
    at: positionOfPointer(module, pointer),
    data,
    origin: 'x07',
  }
}
