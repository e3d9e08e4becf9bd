import type { Finding, Json } from '../../finding.ts'
import type { Manifest, ManifestNode } from '../manifest/types.ts'
import type { Module, ModuleImport } from './module.ts'
import { positionOfImport } from './module.ts'
import type { AssignedModule, Rules } from './input.ts'
import { originOf } from './origin.ts'
import { hasPrefix } from './prefix.ts'

/** What the import policies say about each import. */
export interface ImportChecks {
  findings: Finding[]
  /** Imports from outside that `externals` does not allow, each with whether its importer's node forbids it as well. */
  external: { name: string; forbidden: boolean }[]
  /** Imports that the importer's node forbids, by module. */
  forbidden: Map<Module, Set<string>>
}

/** Holds every import to `externals` and, where `enforce_world_caps` is on, to the prefixes of its module's node. */
export function checkImports(modules: readonly AssignedModule[], manifest: Manifest, rules: Rules): ImportChecks {
  const ids = new Set(modules.map(({ module }) => module.id))
  const isAllowed = externalPolicy(manifest, rules)
  const checks: ImportChecks = { findings: [], external: [], forbidden: new Map() }
  for (const { module, node } of modules) {
    for (const imported of module.imports) {
      const foreign = !ids.has(imported.name) && !imported.local && !isAllowed(imported.name)
      if (foreign) checks.findings.push(externalNotAllowed(module, imported))
      const finding =
        node && manifest.checks.enforce_world_caps ? checkPrefixes(module, imported, node, rules) : undefined
      if (finding !== undefined) {
        checks.findings.push(finding)
        const names = checks.forbidden.get(module) ?? new Set()
        checks.forbidden.set(module, names.add(imported.name))
      }
      if (foreign) checks.external.push({ name: imported.name, forbidden: finding !== undefined })
    }
  }
  return checks
}

function externalPolicy({ externals, checks }: Manifest, rules: Rules): (name: string) => boolean {
  const exact = new Set(externals.allowed_exact)
  const allowlist = checks.allowlist_mode
  const onlyExact = allowlist?.enabled === true && !allowlist.default_allow_external
  const prefixes = onlyExact ? [] : externals.allowed_import_prefixes
  return (name) => exact.has(name) || prefixes.some((prefix) => hasPrefix(name, prefix, rules))
}

function checkPrefixes(module: Module, imported: ModuleImport, node: ManifestNode, rules: Rules): Finding | undefined {
  const { deny_prefixes: denied, allow_prefixes: allowed } = node.imports
  const hit = denied.find((prefix) => hasPrefix(imported.name, prefix, rules))
  if (hit !== undefined) {
    return importFinding(module, imported, {
      code: 'E_ARCH_IMPORT_PREFIX_DENIED',
      message: `node ${node.id} denies imports that begin with ${hit}`,
      data: { node: node.id, denied_prefix: hit },
    })
  }
  if (allowed.length === 0 || allowed.some((prefix) => hasPrefix(imported.name, prefix, rules))) return undefined
  return importFinding(module, imported, {
    code: 'E_ARCH_IMPORT_PREFIX_NOT_ALLOWED',
    message: `node ${node.id} allows imports that begin with ${allowed.join(', ')} only`,
    data: { node: node.id },
  })
}

function externalNotAllowed(module: Module, imported: ModuleImport): Finding {
  return importFinding(module, imported, {
    code: 'E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED',
    message: 'it is no module of the scan and externals does not allow it',
  })
}

function importFinding(
  module: Module,
  imported: ModuleImport,
  { code, message, data }: { code: string; message: string; data?: Record<string, Json> },
): Finding {
  return {
    code,
    severity: 'error',
    stage: 'lint',
    message: `${module.path} imports ${imported.name}: ${message}`,
    loc: { file: module.path },
    at: positionOfImport(module, imported),
    data: {
      ...data,
      module_id: module.id,
      module_path: module.path,
      import: imported.name,
      ...(imported.typeOnly && { type_only: true }),
    },
    origin: originOf(module),
  }
}
