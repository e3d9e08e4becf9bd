import type { Rules } from '../../check/options.ts'
import type { CheckResult } from '../../check/result.ts'
import type { Finding, Json } from '../../finding.ts'
import { layoutJson } from '../../x07/hash/layout.ts'
import { patchToJson } from '../../x07/patch/patchset.ts'

/** X07's report, `x07.arch.report@0.1.0`. Under `all` a location is the real line and column; X07 always says 1:1. */
export function reportJson(result: CheckResult, rules: Rules): string {
  const { stats } = result
  return layoutJson({
    schema_version: 'x07.arch.report@0.1.0',
    manifest: { path: result.manifest.path, jcs_sha256_hex: result.manifest.hash },
    stats: { modules: stats.modules, nodes: stats.nodes, module_edges: stats.moduleEdges, node_edges: stats.nodeEdges },
    diags: result.findings.map((finding) => diagnostic(finding, rules)),
    suggested_patches: result.patches.map(patchToJson),
  })
}

/** Code points of the longest message that X07's report takes. */
const MESSAGE_MAX = 4096

function shortened(message: string): string {
  // A string has at most as many code points as it has units.
  if (message.length <= MESSAGE_MAX) return message
  const points = Array.from(message)
  return points.length <= MESSAGE_MAX ? message : `${points.slice(0, MESSAGE_MAX - 1).join('')}…`
}

/** A finding as X07's diagnostic object. */
export function diagnostic(finding: Finding, rules: Rules): Json {
  const location = rules === 'x07' ? reportedLocation(finding) : realLocation(finding)
  const { code, severity, stage, message, data } = finding
  return {
    code,
    severity,
    stage,
    message: shortened(message),
    ...(location === undefined ? {} : { loc: location }),
    ...(data === undefined || Object.keys(data).length === 0 ? {} : { data }),
  }
}

function reportedLocation(finding: Finding): Json | undefined {
  const { loc } = finding
  if (loc === undefined) return undefined
  return 'astPtr' in loc ? { kind: 'x07ast', ptr: loc.astPtr } : textLocation(loc.file, 1, 1)
}

function realLocation(finding: Finding): Json | undefined {
  const { at } = finding
  return at === undefined ? reportedLocation(finding) : textLocation(at.file, at.line ?? 1, at.col ?? 1)
}

function textLocation(file: string, line: number, col: number): Json {
  return { kind: 'text', span: { file, start: { line, col }, end: { line, col } } }
}
