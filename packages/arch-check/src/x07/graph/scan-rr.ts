import type { Finding, Json, Position } from '../../finding.ts'
import type { World } from '../manifest/types.ts'
import type { X07Body, X07Module } from './module.ts'
import { positionOfPointer } from './module.ts'
import type { X07Expr } from '../modules/x07-expr.ts'
import { literalOf } from '../modules/x07-expr.ts'
import type { AssignedModule, Rules } from './input.ts'
import { inertScan, opaqueUsage, type ScanResult, scannable } from './scan.ts'

/** What the scan knows of a policy in the rr index. */
interface RrScanPolicy {
  id: string
  worlds_allowed: readonly string[]
  ops_allowed: readonly string[]
}

/** The rr contracts that code is held to. */
interface RrScanOptions {
  /** All of the index in its order: of several with one id the last counts, but the ops of all are recordable. */
  policies: readonly RrScanPolicy[]
  requirePolicyForOsCalls: boolean
  rules: Rules
  /** Where the manifest sets `require_policy_for_os_calls`. */
  at?: () => Position
}

interface Scan {
  policies: ReadonlyMap<string, RrScanPolicy>
  recordable: ReadonlySet<string>
  required: boolean
  module: X07Module
  world: World
  /** Policy ids of the open scopes, innermost last; undefined for a scope whose id is computed. */
  scopes: (string | undefined)[]
  findings: Finding[]
}

const SCOPE = 'std.rr.with_policy_v1'
/** Positions in a scope: its policy id, and the one argument whose code runs inside. */
const SCOPE_ID = 1
const SCOPE_BODY = 4

/** Holds the code of the assigned X07 modules to the rr policies: which scopes it opens, and what it calls in them. */
export function scanRr(modules: readonly AssignedModule[], options: RrScanOptions): ScanResult {
  const findings: Finding[] = []
  const code = scannable(modules)
  // Without code the policies, of which there may be hundreds, need no order.
  const known = code.length === 0 ? [] : options.policies
  const policies = new Map(known.map((policy) => [policy.id, policy]))
  const recordable = new Set(known.flatMap((policy) => policy.ops_allowed))
  for (const { module, world, bodies } of code) {
    const scan: Scan = {
      policies,
      recordable,
      required: options.requirePolicyForOsCalls,
      module,
      world,
      scopes: [],
      findings,
    }
    for (const body of bodies) scanBody(body, scan)
  }
  if (options.requirePolicyForOsCalls && options.rules === 'all' && code.length === 0) {
    findings.push(inertScan('W_ARCH_RR_SCAN_INERT', 'require_policy_for_os_calls', options.at?.()))
  }
  return { findings, patches: [] }
}

function scanBody({ expr, pointer }: X07Body, scan: Scan): void {
  visit(expr, pointer, scan)
}

function visit(expr: X07Expr | undefined, pointer: string, scan: Scan): void {
  if (!Array.isArray(expr)) return
  const head = expr[0]
  if (head === SCOPE) {
    scan.scopes.push(openScope(expr, pointer, scan))
    visit(expr[SCOPE_BODY], `${pointer}/${SCOPE_BODY}`, scan)
    scan.scopes.pop()
    return
  }
  if (typeof head === 'string' && scan.recordable.has(head)) checkCall(head, pointer, scan)
  expr.forEach((item, at) => visit(item, `${pointer}/${at}`, scan))
}

function openScope(expr: readonly X07Expr[], pointer: string, scan: Scan): string | undefined {
  const id = literalOf(expr[SCOPE_ID])
  if (id === undefined) {
    const place = expr.length > SCOPE_ID ? `${pointer}/${SCOPE_ID}` : ''
    scan.findings.push(opaqueUsage(scan.module, place, `${SCOPE} wants its policy id as a literal`))
    return undefined
  }
  const policy = scan.policies.get(id)
  if (policy === undefined) {
    report(scan, pointer, {
      code: 'E_ARCH_RR_POLICY_NOT_FOUND',
      message: `the rr index has no policy ${id}`,
      data: { policy_id: id },
    })
  } else if (!policy.worlds_allowed.includes(scan.world)) {
    report(scan, pointer, {
      code: 'E_ARCH_RR_WORLD_VIOLATION',
      message: `policy ${id} allows worlds ${policy.worlds_allowed.join(', ') || 'none'}, not ${scan.world}`,
      data: { policy_id: id, world: scan.world },
    })
  }
  return id
}

function checkCall(op: string, pointer: string, scan: Scan): void {
  const active = scan.scopes.at(-1)
  if (active === undefined) {
    if (!scan.required || !scan.world.startsWith('run-os')) return
    report(scan, pointer, {
      code: 'E_ARCH_RR_POLICY_REQUIRED',
      message: `${op} in world ${scan.world} wants a ${SCOPE} around it`,
      data: { op, world: scan.world },
    })
    return
  }
  const policy = scan.policies.get(active)
  if (policy === undefined || policy.ops_allowed.includes(op)) return
  report(scan, pointer, {
    code: 'E_ARCH_RR_OP_NOT_ALLOWED',
    message: `policy ${active} does not allow ${op}`,
    data: { policy_id: active, op },
  })
}

/** X07 names neither file nor module in these; `at` does. */
function report(
  scan: Scan,
  pointer: string,
  parts: { code: string; message: string; data: Record<string, Json> },
): void {
  const { code, message, data } = parts
  scan.findings.push({
    code,
    severity: 'error',
    stage: 'lint',
    message: `${scan.module.path}: ${message}`,
    at: positionOfPointer(scan.module, pointer),
    data,
    origin: 'x07',
  })
}
