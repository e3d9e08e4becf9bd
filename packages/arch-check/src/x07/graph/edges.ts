import type { Finding, Json } from '../../finding.ts'
import type { ManifestNode } from '../manifest/types.ts'
import type { Module, ModuleImport } from './module.ts'
import { positionOfImport } from './module.ts'
import { compareUtf8 } from '../../order.ts'
import type { AssignedModule } from './input.ts'
import { originOf } from './origin.ts'

/** One import of one module by another, both of them in nodes. */
export interface ModuleEdge {
  from: Module
  to: Module
  imported: ModuleImport
}

/** All imports from modules of one node to modules of another, or of itself. */
export interface NodeEdge {
  from: ManifestNode
  to: ManifestNode
  /** The first import by module id, then by name. */
  evidence: ModuleEdge
  /** The first import that is there when the program runs; absent when all are type-only. */
  running: ModuleEdge | undefined
}

/** The edges of the graph. */
export interface Edges {
  modules: ModuleEdge[]
  /** Sorted by the ids of both ends. */
  nodes: NodeEdge[]
}

/** Collects the edges between assigned modules, self edges of nodes included. */
export function collectEdges(modules: readonly AssignedModule[]): Edges {
  const byId = new Map(modules.map((assigned) => [assigned.module.id, assigned]))
  const edges: ModuleEdge[] = []
  const byEnds = new Map<ManifestNode, Map<ManifestNode, NodeEdge>>()
  for (const { module: from, node } of modules) {
    if (node === undefined) continue
    for (const imported of from.imports) {
      const target = byId.get(imported.name)
      if (target?.node === undefined) continue
      const edge = { from, to: target.module, imported }
      edges.push(edge)
      const known = byEnds.get(node)?.get(target.node)
      if (known === undefined) {
        const running = imported.typeOnly ? undefined : edge
        const targets = byEnds.get(node) ?? new Map<ManifestNode, NodeEdge>()
        byEnds.set(node, targets.set(target.node, { from: node, to: target.node, evidence: edge, running }))
      } else if (!imported.typeOnly) {
        known.running ??= edge
      }
    }
  }
  const nodes = [...byEnds.values()].flatMap((targets) => [...targets.values()])
  nodes.sort((a, b) => compareUtf8(a.from.id, b.from.id) || compareUtf8(a.to.id, b.to.id))
  return { modules: edges, nodes }
}

/** What X07 tells about the import behind an edge, and that it is type-only, which X07 does not know. */
export function evidenceData({ from, imported }: ModuleEdge): Record<string, Json> {
  return {
    module_path: from.path,
    module_id: from.id,
    import: imported.name,
    ...(imported.typeOnly && { type_only: true }),
  }
}

/** A finding about an edge between nodes. */
export function edgeFinding(
  edge: NodeEdge,
  {
    code,
    message,
    data,
    evidence = edge.evidence,
  }: { code: string; message: string; data?: Record<string, Json>; evidence?: ModuleEdge },
): Finding {
  const { from, imported } = evidence
  return {
    code,
    severity: 'error',
    stage: 'lint',
    message: `${edge.from.id} imports ${edge.to.id} (${from.path} imports ${imported.name}): ${message}`,
    at: positionOfImport(from, imported),
    data: { node_from: edge.from.id, node_to: edge.to.id, ...data, ...evidenceData(evidence) },
    origin: originOf(from),
  }
}
