import type { Finding } from '../finding.ts'
import { positionOfImport } from '../modules/module.ts'
import { compareUtf8 } from '../order.ts'
import { cyclesIn } from './components.ts'
import type { ModuleEdge, NodeEdge } from './edges.ts'
import { evidenceData } from './edges.ts'
import { originOf } from './origin.ts'

/** Imports named by one finding about a cycle among modules; a large cycle has thousands. */
const EVIDENCE_MAX = 100

/** One finding for each cycle of two or more nodes; edges of a node to itself do not count. */
export function nodeCycles(edges: readonly NodeEdge[], ruleId: string, implied = false): Finding[] {
  const ids = [...new Set(edges.flatMap(({ from, to }) => [from.id, to.id]))].toSorted(compareUtf8)
  return components(ids, edges, (edge) => [edge.from.id, edge.to.id]).map(({ members, inside }) => {
    const evidence = inside.map((edge) => edge.evidence).toSorted((a, b) => compareUtf8(a.from.path, b.from.path))
    const first = evidence[0] as ModuleEdge
    return {
      code: 'E_ARCH_CYCLE',
      severity: 'error',
      stage: 'lint',
      message: `nodes ${members.join(', ')} import each other in a circle (rule ${ruleId}): ${story(evidence)}`,
      at: positionOfImport(first.from, first.imported.name),
      data: { rule_id: ruleId, cycle_nodes: members, evidence: evidence.map(evidenceData) },
      origin: implied ? 'own' : originOf(first.from),
    }
  })
}

/** One finding for each cycle of two or more modules; type-only imports are gone when modules load, and do not count. */
export function moduleCycles(edges: readonly ModuleEdge[], ruleId: string): Finding[] {
  const running = edges.filter((edge) => !edge.imported.typeOnly)
  const ids = [...new Set(running.flatMap(({ from, to }) => [from.id, to.id]))].toSorted(compareUtf8)
  return components(ids, running, (edge) => [edge.from.id, edge.to.id]).map(({ members, inside }) => {
    const first = inside[0] as ModuleEdge
    return {
      code: 'E_ARCH_MODULE_CYCLE',
      severity: 'error',
      stage: 'lint',
      message: `${members.length} modules import each other in a circle (rule ${ruleId}): ${story(inside)}`,
      at: positionOfImport(first.from, first.imported.name),
      data: { rule_id: ruleId, cycle_modules: members, evidence: inside.slice(0, EVIDENCE_MAX).map(evidenceData) },
      origin: 'own',
    }
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
    const [from, to] = ends(edge).map((id) => indexOf.get(id) as number)
    if (from !== undefined && to !== undefined && from !== to) targets[from]?.push(to)
  }
  const cycles = cyclesIn(targets)
  const cycleOf = new Map<string, number>()
  cycles.forEach((members, cycle) => members.forEach((member) => cycleOf.set(ids[member] as string, cycle)))
  const inside = cycles.map((): E[] => [])
  for (const edge of edges) {
    const [from, to] = ends(edge)
    const cycle = cycleOf.get(from)
    if (cycle !== undefined && cycle === cycleOf.get(to)) inside[cycle]?.push(edge)
  }
  return cycles.map((members, cycle) => ({
    members: members.map((member) => ids[member] as string),
    inside: inside[cycle] ?? [],
  }))
}

/** The first few imports of a cycle, for people. */
function story(evidence: readonly ModuleEdge[]): string {
  const shown = evidence.slice(0, 3).map(({ from, imported }) => `${from.path} imports ${imported.name}`)
  const rest = evidence.length - shown.length
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
}
