import type { Finding } from '../../finding.ts'
import { positionOfImport } from './module.ts'
import { compareUtf8 } from '../../order.ts'
import { cyclesIn } from './components.ts'
import type { ModuleEdge, NodeEdge } from './edges.ts'
import { evidenceData } from './edges.ts'
import { originOf } from './origin.ts'

/** Imports named by one finding about a cycle among modules; a large cycle has thousands. */
const EVIDENCE_MAX = 100

/** One finding for each cycle of two or more nodes; edges of a node to itself do not count. */
export function nodeCycles(edges: readonly NodeEdge[], ruleId: string, implied = false): Finding[] {
  const ids = [...new Set(edges.flatMap(({ from, to }) => [from.id, to.id]))].toSorted(compareUtf8)
  return components(ids, edges, (edge) => [edge.from.id, edge.to.id]).flatMap(({ members, inside }): Finding[] => {
    const evidence = inside.map((edge) => edge.evidence).toSorted((a, b) => compareUtf8(a.from.path, b.from.path))
    const [first] = evidence
    if (first === undefined) return []
    return [
      {
        code: 'E_ARCH_CYCLE',
        severity: 'error',
        stage: 'lint',
        message: `nodes ${members.join(', ')} import each other in a circle (rule ${ruleId}): ${story(evidence)}`,
        at: positionOfImport(first.from, first.imported),
        data: { rule_id: ruleId, cycle_nodes: members, evidence: evidence.map(evidenceData) },
        origin: implied ? 'own' : originOf(first.from),
      },
    ]
  })
}

/** One finding for each cycle of two or more modules; type-only imports are gone when modules load, and do not count. */
export function moduleCycles(edges: readonly ModuleEdge[], ruleId: string): Finding[] {
  const running = edges.filter((edge) => !edge.imported.typeOnly)
  const ids = [...new Set(running.flatMap(({ from, to }) => [from.id, to.id]))].toSorted(compareUtf8)
  return components(ids, running, (edge) => [edge.from.id, edge.to.id]).flatMap(({ members, inside }): Finding[] => {
    const [first] = inside
    if (first === undefined) return []
    return [
      {
        code: 'E_ARCH_MODULE_CYCLE',
        severity: 'error',
        stage: 'lint',
        message: `${members.length} modules import each other in a circle (rule ${ruleId}): ${story(inside)}`,
        at: positionOfImport(first.from, first.imported),
        data: { rule_id: ruleId, cycle_modules: members, evidence: inside.slice(0, EVIDENCE_MAX).map(evidenceData) },
        origin: 'own',
      },
    ]
  })
}

function components<E>(
  ids: readonly string[],
  edges: readonly E[],
  ends: (edge: E) => [from: string, to: string],
): { members: string[]; inside: E[] }[] {
  const indexOf = new Map(ids.map((id, index) => [id, index]))
  const targets = ids.map((): number[] => [])
  for (const edge of edges) {
    const [from, to] = ends(edge)
    const target = indexOf.get(to)
    if (from !== to && target !== undefined) targets[indexOf.get(from) ?? -1]?.push(target)
  }
  const cycles = cyclesIn(targets).map((members) => ({
    members: members.flatMap((at) => ids[at] ?? []),
    inside: Array<E>(),
  }))
  const cycleOf = new Map(cycles.flatMap((cycle) => cycle.members.map((id) => [id, cycle])))
  for (const edge of edges) {
    const [from, to] = ends(edge)
    const cycle = cycleOf.get(from)
    if (cycle !== undefined && cycle === cycleOf.get(to)) cycle.inside.push(edge)
  }
  return cycles
}

/** The first few imports of a cycle, for people. */
function story(evidence: readonly ModuleEdge[]): string {
  const shown = evidence.slice(0, 3).map(({ from, imported }) => `${from.path} imports ${imported.name}`)
  const rest = evidence.length - shown.length
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}
