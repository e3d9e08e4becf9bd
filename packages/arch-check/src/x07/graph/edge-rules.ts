import type { Finding } from '../../finding.ts'
import type { Manifest, ManifestRule, World } from '../manifest/types.ts'
import { moduleCycles, nodeCycles } from './cycles.ts'
import type { Edges, NodeEdge } from './edges.ts'
import { edgeFinding } from './edges.ts'
import type { Rules } from './input.ts'

/** The name under which the cycle rule goes that `checks.deny_cycles` implies when the manifest states none. */
const IMPLIED_CYCLE_RULE = 'checks.deny_cycles'

/** What the rules say about the edges. */
export interface EdgeChecks {
  findings: Finding[]
  /** Edges that allowlist mode wants a rule for. */
  unlisted: NodeEdge[]
}

/** Visibility, the rules in their order, the allowlist, worlds and trust zones, in X07's order. */
export function checkEdges(edges: Edges, manifest: Manifest, rules: Rules): EdgeChecks {
  const { checks } = manifest
  // Our own rules leave what happens inside a node to the node.
  const between = rules === 'x07' ? edges.nodes : edges.nodes.filter(({ from, to }) => from !== to)
  const findings: Finding[] = []
  if (checks.enforce_visibility) findings.push(...between.filter(isHidden).map(hidden))
  for (const rule of manifest.rules) findings.push(...checkRule(rule, { edges, between, manifest, rules }))
  if (rules === 'all' && checks.deny_cycles && !manifest.rules.some((rule) => rule.kind === 'deny_cycles_v1')) {
    findings.push(...nodeCycles(between, IMPLIED_CYCLE_RULE, true))
  }
  const unlisted = notListed(between, manifest)
  findings.push(...unlisted.map(notAllowed))
  if (checks.enforce_world_caps && checks.world_of_imported_v1?.enabled !== false) {
    findings.push(...between.flatMap(checkWorlds))
  }
  findings.push(...between.filter(losesTrust).map(trustLost))
  return { findings, unlisted }
}

function isHidden({ from, to }: NodeEdge): boolean {
  return to.visibility.mode === 'restricted' && !to.visibility.visible_to.includes(from.id)
}

function hidden(edge: NodeEdge): Finding {
  return edgeFinding(edge, {
    code: 'E_ARCH_VISIBILITY',
    message: `${edge.to.id} is visible to ${edge.to.visibility.visible_to.join(', ') || 'no node'} only`,
  })
}

function checkRule(
  rule: ManifestRule,
  { edges, between, manifest, rules }: { edges: Edges; between: readonly NodeEdge[]; manifest: Manifest; rules: Rules },
): Finding[] {
  switch (rule.kind) {
    case 'deps_v1':
      return between
        .filter((edge) => isDenied(edge, rule))
        .map((edge) =>
          edgeFinding(edge, {
            code: 'E_ARCH_DEPS_DENY',
            message: `rule ${rule.id} denies it`,
            data: { rule_id: rule.id },
          }),
        )
    case 'layers_v1': {
      const layers = layerIndexes(rule.layers)
      return between
        .filter((edge) => rise(edge, layers) === 'up')
        .map((edge) =>
          edgeFinding(edge, {
            code: 'E_ARCH_LAYERS_VIOLATION',
            message: `rule ${rule.id} puts ${edge.to.id} above ${edge.from.id}`,
            data: { rule_id: rule.id },
          }),
        )
    }
    default:
      if (!manifest.checks.deny_cycles) return []
      if (rule.scope === 'nodes') return nodeCycles(between, rule.id)
      return rules === 'x07' ? [] : moduleCycles(edges.modules, rule.id)
  }
}

function isDenied(edge: NodeEdge, rule: ManifestRule): boolean {
  return rule.kind === 'deps_v1' && rule.mode === 'deny' && decides(edge, rule)
}

/** Positions from the bottom; a node listed twice takes its last. */
function layerIndexes(layers: readonly string[]): Map<string, number> {
  return new Map(layers.map((id, index) => [id, index]))
}

/** Whether an edge goes up, or down or along; undefined where the rule does not list both ends. */
function rise({ from, to }: NodeEdge, layers: ReadonlyMap<string, number>): 'up' | 'down' | undefined {
  const start = layers.get(from.id)
  const end = layers.get(to.id)
  if (start === undefined || end === undefined) return undefined
  return end > start ? 'up' : 'down'
}

/** The edges no rule speaks about, where allowlist mode asks for one. Denied ones have their finding already. */
function notListed(between: readonly NodeEdge[], { checks, rules }: Manifest): NodeEdge[] {
  const allowlist = checks.allowlist_mode
  if (allowlist?.enabled !== true || allowlist.default_allow_internal) return []
  const layers = rules.flatMap((rule) => (rule.kind === 'layers_v1' ? [layerIndexes(rule.layers)] : []))
  return between.filter(
    (edge) => !rules.some((rule) => decides(edge, rule)) && layers.every((layer) => rise(edge, layer) === undefined),
  )
}

/** Whether a rule allows or denies an edge by name. */
function decides(edge: NodeEdge, rule: ManifestRule): boolean {
  return rule.kind === 'deps_v1' && rule.from === edge.from.id && rule.to.includes(edge.to.id)
}

function notAllowed(edge: NodeEdge): Finding {
  return edgeFinding(edge, { code: 'E_ARCH_EDGE_NOT_ALLOWED', message: 'allowlist mode wants a rule that allows it' })
}

/** A node of an OS world brings I/O along, unless only its types are used. */
function checkWorlds(edge: NodeEdge): Finding[] {
  if (!edge.from.world.startsWith('solve-') || !OS_WORLDS.has(edge.to.world) || edge.running === undefined) return []
  return [
    edgeFinding(edge, {
      code: 'E_ARCH_WORLD_EDGE_FORBIDDEN',
      message: `world ${edge.from.world} must not depend on world ${edge.to.world}`,
      data: { world_from: edge.from.world, world_to: edge.to.world },
      evidence: edge.running,
    }),
  ]
}

const OS_WORLDS: ReadonlySet<World> = new Set(['run-os', 'run-os-sandboxed'])

function losesTrust({ from, to }: NodeEdge): boolean {
  return (
    from.trust_zone === 'verified_core' && to.trust_zone !== 'verified_core' && to.trust_zone !== 'certified_capsule'
  )
}

function trustLost(edge: NodeEdge): Finding {
  return edgeFinding(edge, {
    code: 'E_ARCH_TRUST_ZONE_EDGE',
    message: `verified_core must not depend on ${edge.to.trust_zone}`,
    data: { from_zone: edge.from.trust_zone, to_zone: edge.to.trust_zone },
  })
}
