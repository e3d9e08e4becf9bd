import type { Finding } from '../../finding.ts'
import { loadModules, TS_SUFFIXES, X07_SUFFIXES } from './load.ts'
import type { Module } from './module.ts'
import type { Automaton } from '../scan/automaton.ts'
import { compileGlobs } from '../scan/globs.ts'
import { walk } from '../scan/walk.ts'
import { assignNodes } from './assign.ts'
import { checkEdges } from './edge-rules.ts'
import { collectEdges } from './edges.ts'
import { byNode, checkBrands, checkSmokeEntries } from './exports.ts'
import { checkImports } from './imports.ts'
import type { AssignedModule, GraphInput, GraphLimits, GraphResult, Rules } from './input.ts'
import { checkNames } from './own-rules.ts'
import { graphPatches } from './patches.ts'
import type { BudgetScanProfile } from './scan-budgets.ts'
import { scanBudgets } from './scan-budgets.ts'
import { scanRr } from './scan-rr.ts'
import type { ScanResult } from './scan.ts'

export { scanBudgets, scanRr }
export type { AssignedModule, BudgetScanProfile, GraphInput, GraphResult, Rules, ScanResult }

/**
 * Finds the modules of a repository, reads what they import, and holds the graph to the manifest: assignment to nodes,
 * import policies, visibility, rules, worlds, trust zones, smoke entries and brands. Under rules `x07` the modules are
 * X07's and the findings X07's; under `all` TypeScript counts as well and the rules are mended. Nothing is written.
 *
 * @throws Error when a glob of the scan or of a node is invalid, and under `x07` when a folder cannot be read
 */
export async function checkGraph(input: GraphInput): Promise<GraphResult> {
  const { manifest, limits, rules } = input
  const scan = await walk({
    root: input.root,
    include: automatonOf(input.includeGlobs),
    exclude: automatonOf(input.excludeGlobs),
    suffixes: rules === 'x07' ? X07_SUFFIXES : [...X07_SUFFIXES, ...TS_SUFFIXES],
  })
  const findings = scan.unreadable.map(unreadableFolder)
  // X07 ends without a report.
  if (rules === 'x07' && findings[0] !== undefined) throw new Error(findings[0].message)
  const none = { patches: [], modules: [] }
  if (scan.files.length > limits.maxModules) {
    const stats = { modules: scan.files.length, moduleEdges: 0, nodeEdges: 0 }
    return { ...none, findings, stats, exceeded: tooManyModules(scan.files.length, limits.maxModules) }
  }

  const loaded = await loadModules({
    root: input.root,
    files: scan.files,
    settings: scan.settings,
    parsedFile: input.parsedFile,
    ...budgetOf(limits),
  })
  findings.push(...loaded.findings)
  const modules = loaded.modules.size
  if (loaded.exceeded !== undefined) {
    return { ...none, findings, stats: { modules, moduleEdges: 0, nodeEdges: 0 }, exceeded: loaded.exceeded }
  }

  const denyOrphans = manifest.checks.deny_orphans
  const assignment = assignNodes(loaded.modules.values(), { nodes: manifest.nodes, denyOrphans, rules })
  const imports = checkImports(assignment.modules, manifest, rules)
  const edges = collectEdges(assignment.modules)
  findings.push(...assignment.findings, ...imports.findings)
  const stats = { modules, moduleEdges: edges.modules.length, nodeEdges: edges.nodes.length }
  if (stats.moduleEdges > limits.maxEdges) {
    return { ...none, findings, stats, exceeded: tooManyEdges(stats.moduleEdges, limits.maxEdges) }
  }

  const nodes = byNode(assignment.modules)
  const checked = checkEdges(edges, manifest, rules)
  findings.push(...checked.findings, ...checkSmokeEntries(nodes))
  if (manifest.checks.brand_boundary_v1?.enabled !== false) findings.push(...checkBrands(nodes))
  if (rules === 'all') findings.push(...checkNames({ manifest, manifestPath: input.manifestPath, nodes }))

  const orphans: Module[] = denyOrphans ? assignment.orphans : []
  const patches = graphPatches({ imports, orphans, unlisted: checked.unlisted }, input)
  return { findings, patches, stats, modules: assignment.modules }
}

function automatonOf(globs: readonly string[]): Automaton {
  const compiled = compileGlobs(globs)
  if (!compiled.ok) throw new Error(`scan for modules: glob ${JSON.stringify(compiled.glob)}: ${compiled.reason}`)
  return compiled.automaton
}

function budgetOf({ maxBytesIn, bytesInSoFar }: GraphLimits): { maxBytesIn?: number; bytesInSoFar: number } {
  return maxBytesIn === undefined ? { bytesInSoFar } : { maxBytesIn, bytesInSoFar }
}

function unreadableFolder({ path, code }: { path: string; code: string }): Finding {
  return {
    code: 'E_ARCH_SCAN_READ',
    severity: 'error',
    stage: 'parse',
    // The system's text of a name that is not UTF-8 names no folder.
    message:
      code === 'ENOENT' && path.includes('\ufffd')
        ? `scan for modules: the name of the folder ${path} is not UTF-8; rename it`
        : `scan for modules: folder ${path} cannot be read, ${code}`,
    loc: { file: path },
    at: { file: path },
    data: { path },
    origin: 'own',
  }
}

function tooManyModules(found: number, max: number): Finding {
  return {
    code: 'E_ARCH_TOOL_BUDGET_EXCEEDED',
    severity: 'error',
    stage: 'lint',
    message: `scan for modules: ${found} found, more than max_modules ${max}`,
    data: { budget: 'tool_budgets.max_modules', max_modules: max, modules_found: found },
    origin: 'x07',
  }
}

function tooManyEdges(found: number, max: number): Finding {
  return {
    code: 'E_ARCH_TOOL_BUDGET_EXCEEDED',
    severity: 'error',
    stage: 'lint',
    message: `collect imports: ${found} edges between modules, more than max_edges ${max}`,
    data: { budget: 'tool_budgets.max_edges', max_edges: max, module_edges: found },
    origin: 'x07',
  }
}
