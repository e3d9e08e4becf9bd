import { oneLine } from '@x07-lab/msg-core/kit'
import type { Rules } from '../../check/options.ts'
import type { CheckResult } from '../../check/result.ts'
import type { Finding } from '../../finding.ts'
import { codeFrame } from './code-frame.ts'

/** How text is shown. */
export interface TextStyle {
  rules: Rules
  /** Show the offending lines under each finding, and colours. */
  frames: boolean
}

/** The report for people: four lines of summary as X07 prints them, then one for each finding. */
export function reportText(result: CheckResult, style: TextStyle): string {
  const { stats, findings } = result
  // X07 means that no error is stored, which is so as well where max_diags is 0 and all were dropped.
  const ok = style.rules === 'x07' ? findings.every(({ severity }) => severity !== 'error') : result.exitCode === 0
  const lines = [
    `ok: ${ok}`,
    `manifest: ${oneLine(result.manifest.path)}`,
    `stats: modules=${stats.modules} nodes=${stats.nodes} module_edges=${stats.moduleEdges} node_edges=${stats.nodeEdges}`,
  ]
  for (const finding of findings) {
    lines.push(oneLine(style.rules === 'x07' ? x07Line(finding) : ownLine(finding)))
    const frame = style.frames ? codeFrame(finding, result.documents) : undefined
    if (frame !== undefined) lines.push(frame, '')
  }
  return `${lines.join('\n')}\n`
}

function ownLine(finding: Finding): string {
  const { at, severity, code, message } = finding
  const file = at?.file ?? (finding.loc !== undefined && 'file' in finding.loc ? finding.loc.file : undefined)
  const place = file === undefined ? '' : at?.line === undefined ? `${file}: ` : `${file}:${at.line}:${at.col ?? 1}: `
  return `${place}${severity} ${code}: ${message}`
}

function x07Line({ severity, code, message }: Finding): string {
  return `${severity} ${code}: ${message}`
}
