import type { Finding } from '../../finding.ts'
import type { ManifestNode } from '../manifest/types.ts'
import type { Module } from './module.ts'
import type { Automaton } from '../scan/automaton.ts'
import type { Pattern } from '../scan/globs.ts'
import { compilePatterns } from '../scan/globs.ts'
import type { AssignedModule, Rules } from './input.ts'
import { originOf } from './origin.ts'

/** Which module belongs to which node. */
export interface Assignment {
  modules: AssignedModule[]
  findings: Finding[]
  /** Modules that no node claims. */
  orphans: Module[]
}

/**
 * Gives each module to the node that claims it by a prefix of its id or a glob over its path. A module claimed by several
 * is a finding whatever the manifest says, one claimed by none only where orphans are denied; both stay without a node.
 */
export function assignNodes(
  modules: Iterable<Module>,
  { nodes, denyOrphans, rules }: { nodes: readonly ManifestNode[]; denyOrphans: boolean; rules: Rules },
): Assignment {
  const claimants = claims(nodes, rules)
  const assignment: Assignment = { modules: [], findings: [], orphans: [] }
  for (const module of modules) {
    const claimed = claimants(module)
    const node = claimed[0] === undefined ? undefined : nodes[claimed[0]]
    if (node !== undefined && claimed.length === 1) {
      assignment.modules.push({ module, node })
      continue
    }
    assignment.modules.push({ module })
    if (node === undefined) {
      assignment.orphans.push(module)
      if (denyOrphans) assignment.findings.push(orphan(module))
    } else {
      assignment.findings.push(
        overlap(
          module,
          claimed.map((at) => nodes[at]?.id ?? ''),
        ),
      )
    }
  }
  return assignment
}

function compile(patterns: Pattern[]): Automaton {
  const compiled = compilePatterns(patterns)
  if (!compiled.ok) throw new Error(`assign modules: glob ${JSON.stringify(compiled.glob)}: ${compiled.reason}`)
  return compiled.automaton
}

/** The indexes of the nodes that claim a module, ascending. */
function claims(nodes: readonly ManifestNode[], rules: Rules): (module: Module) => readonly number[] {
  const boundary = rules === 'all'
  const byId = compile(
    nodes.flatMap((node, tag) => node.match.module_prefixes.map((prefix) => ({ tag, prefix, boundary }))),
  )
  const byPath = compile(nodes.flatMap((node, tag) => node.match.path_globs.map((glob) => ({ tag, glob }))))
  return (module) => {
    const ids = byId.match(module.id)
    const paths = byPath.match(module.path)
    if (ids.length === 0) return paths
    if (paths.length === 0) return ids
    return [...new Set([...ids, ...paths])].sort((a, b) => a - b)
  }
}

function orphan(module: Module): Finding {
  return {
    code: 'E_ARCH_NODE_ORPHAN_MODULE',
    severity: 'error',
    stage: 'lint',
    message: `module ${module.id} belongs to no node: add it to the match of one`,
    loc: { file: module.path },
    at: { file: module.path, line: 1, col: 1 },
    data: { module_id: module.id, module_path: module.path },
    origin: originOf(module),
  }
}

function overlap(module: Module, nodes: string[]): Finding {
  return {
    code: 'E_ARCH_NODE_OVERLAP_MODULE',
    severity: 'error',
    stage: 'lint',
    message: `module ${module.id} belongs to ${nodes.length} nodes, ${nodes.join(', ')}: narrow the match of all but one`,
    loc: { file: module.path },
    at: { file: module.path, line: 1, col: 1 },
    data: { module_id: module.id, module_path: module.path, matched_nodes: nodes },
    origin: originOf(module),
  }
}
