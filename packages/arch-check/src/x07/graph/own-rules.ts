import type { Finding, Json, Severity } from '../../finding.ts'
import type { Manifest } from '../manifest/types.ts'
import type { NodeModules } from './exports.ts'

/** What the rules of our own about the manifest's nodes and rules look at. */
export interface ManifestCheck {
  manifest: Manifest
  manifestPath: string
  nodes: NodeModules
}

interface Own {
  code: string
  pointer: string
  message: string
  data: Record<string, Json>
  severity?: Severity
}

/** Node ids that no node has, rule ids that occur twice, and settings without effect. X07 lets all of them pass. */
export function checkNames({ manifest, manifestPath: file, nodes }: ManifestCheck): Finding[] {
  const found = [
    ...unknownNodes(manifest),
    ...duplicateRules(manifest),
    ...inert(manifest),
    ...emptySmoke(manifest, nodes),
  ]
  return found.map(({ code, pointer, message, data, severity = 'error' }) => {
    const at = { file, pointer }
    return { code, severity, stage: 'lint', message, loc: { file }, at, data, origin: 'own' }
  })
}

function unknownNodes({ nodes, rules }: Manifest): Own[] {
  const known = new Set(nodes.map(({ id }) => id))
  const inRules = rules.flatMap((rule, at) =>
    namedIn(rule).map(({ node, pointer }) => ({ rule, node, pointer: `/rules/${at}/${pointer}` })),
  )
  return [
    ...nodes.flatMap((node, at) =>
      node.visibility.visible_to.flatMap((id, index) => {
        if (known.has(id)) return []
        const message = `node ${node.id} is visible to ${id}, which is no node`
        return [
          {
            code: 'E_ARCH_VISIBLE_TO_UNKNOWN',
            pointer: `/nodes/${at}/visibility/visible_to/${index}`,
            message,
            data: { node: node.id, visible_to: id },
          },
        ]
      }),
    ),
    ...inRules.flatMap(({ rule, node, pointer }) => {
      if (known.has(node)) return []
      return [
        {
          code: 'E_ARCH_RULE_NODE_UNKNOWN',
          pointer,
          message: `rule ${rule.id} names ${node}, which is no node`,
          data: { rule_id: rule.id, node },
        },
      ]
    }),
  ]
}

function namedIn(rule: Manifest['rules'][number]): { node: string; pointer: string }[] {
  switch (rule.kind) {
    case 'deps_v1':
      return [{ node: rule.from, pointer: 'from' }, ...rule.to.map((node, at) => ({ node, pointer: `to/${at}` }))]
    case 'layers_v1':
      return rule.layers.map((node, at) => ({ node, pointer: `layers/${at}` }))
    default:
      return []
  }
}

function duplicateRules({ rules }: Manifest): Own[] {
  const seen = new Set<string>()
  return rules.flatMap((rule, at) => {
    if (!seen.has(rule.id)) {
      seen.add(rule.id)
      return []
    }
    return [
      {
        code: 'E_ARCH_RULE_ID_DUPLICATE',
        pointer: `/rules/${at}/id`,
        message: `rule id ${rule.id} occurs twice`,
        data: { rule_id: rule.id },
      },
    ]
  })
}

function off(pointer: string, what: string, flag: string, data: Record<string, Json>): Own {
  const message = `${what} has no effect while checks.${flag} is false`
  return { code: 'W_ARCH_RULE_INERT', severity: 'warning', pointer, message, data: { ...data, flag } }
}

/** Settings that read as if they checked something while a flag keeps them from it. */
function inert({ nodes, rules, checks }: Manifest): Own[] {
  const cycles = rules.flatMap((rule, at) =>
    rule.kind === 'deny_cycles_v1' && !checks.deny_cycles
      ? [off(`/rules/${at}`, `rule ${rule.id}`, 'deny_cycles', { rule_id: rule.id })]
      : [],
  )
  const restricted = nodes.flatMap((node, at) =>
    node.visibility.mode === 'restricted' && !checks.enforce_visibility
      ? [off(`/nodes/${at}/visibility`, `the visibility of node ${node.id}`, 'enforce_visibility', { node: node.id })]
      : [],
  )
  const prefixed = nodes.flatMap((node, at) => {
    const { deny_prefixes: denied, allow_prefixes: allowed } = node.imports
    if (checks.enforce_world_caps || denied.length + allowed.length === 0) return []
    return [
      off(`/nodes/${at}/imports`, `the import policy of node ${node.id}`, 'enforce_world_caps', { node: node.id }),
    ]
  })
  return [...cycles, ...restricted, ...prefixed]
}

function emptySmoke({ nodes }: Manifest, filled: NodeModules): Own[] {
  return nodes.flatMap((node, at) => {
    const entry = node.contracts?.smoke_entry
    if (entry === undefined || filled.has(node)) return []
    return [
      {
        code: 'W_ARCH_SMOKE_UNCHECKED',
        severity: 'warning',
        pointer: `/nodes/${at}/contracts/smoke_entry`,
        message: `node ${node.id} has no modules, so its smoke entry ${entry} is not looked for`,
        data: { node: node.id, smoke_entry: entry },
      },
    ]
  })
}
