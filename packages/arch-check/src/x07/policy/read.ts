import { violationFinding } from '../contracts/context.ts'
import { isModel } from '../contracts/typed.ts'
import { readDocument } from '../document/read-document.ts'
import type { Rules } from '../../check/options.ts'
import { readRegularFile } from '../files/read.ts'
import type { Finding } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import { openSchemas, type Schemas } from '../schema/schemas.ts'
import { checkRunnerRules } from './runner-rules.ts'
import type { RunOsPolicy } from '../../project/sandbox/run-os-policy.generated.ts'

/** A policy, or why it cannot be used. */
export type ReadPolicy = { ok: true; policy: RunOsPolicy } | { ok: false; findings: Finding[] }

/** X07's one code for whatever is wrong with a policy's form. */
const CODE = 'X07-POLICY-SCHEMA-0001'

/**
 * Reads a run-os policy file (`x07.run-os-policy@0.1.0`): its schema and, unless `rules` is `x07`, what X07's runner
 * demands beyond it. Nothing is filled in: an absent permission is a denied one.
 */
export function readRunOsPolicy(
  path: string,
  options: { rules?: Rules; file?: string; schemas?: Schemas } = {},
): ReadPolicy {
  const file = options.file ?? path
  const refuse = (message: string, place: { line?: number; col?: number } = {}): ReadPolicy => ({
    ok: false,
    findings: [x07Finding(CODE, 'parse', message, { file, at: { file, ...place } })],
  })
  const read = readRegularFile(path)
  if (!read.ok) return refuse(`read the policy ${file}: ${read.reason}`)
  const document = readDocument(file, read.bytes)
  if ('error' in document) {
    const { line, col, reason } = document.error
    return refuse(`parse the policy ${file}: ${reason}`, { line, col })
  }
  const schemas = options.schemas ?? openSchemas()
  const violations = schemas.validate('run-os-policy', document.value)
  const policy: unknown = document.value
  if (!isModel<RunOsPolicy>(policy, violations.length === 0)) {
    return { ok: false, findings: violations.map((violation) => violationFinding(document, violation, CODE)) }
  }
  const findings = options.rules === 'x07' ? [] : checkRunnerRules(document, policy)
  return findings.length > 0 ? { ok: false, findings } : { ok: true, policy }
}
