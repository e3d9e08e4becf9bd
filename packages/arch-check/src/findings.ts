import type { Finding, Json, Position, Severity } from './finding.ts'

/** What a finding may carry besides code, stage and message. */
export interface FindingParts {
  /** The file X07 names; leave out where X07 names none. */
  file?: string
  at?: Position
  data?: Record<string, Json>
  severity?: Severity
}

/** A finding X07 makes too. */
export function x07Finding(code: string, stage: Finding['stage'], message: string, parts: FindingParts = {}): Finding {
  return { ...assemble(code, stage, message, parts), origin: 'x07' }
}

/** A finding of our own on top; it always says where. */
export function ownFinding(
  code: string,
  message: string,
  at: Position,
  parts: { severity?: Severity; data?: Record<string, Json> } = {},
): Finding {
  return { ...assemble(code, 'lint', message, { ...parts, at, file: at.file }), origin: 'own' }
}

function assemble(
  code: string,
  stage: Finding['stage'],
  message: string,
  parts: FindingParts,
): Omit<Finding, 'origin'> {
  return {
    code,
    severity: parts.severity ?? 'error',
    stage,
    message,
    ...(parts.file === undefined ? {} : { loc: { file: parts.file } }),
    ...(parts.at === undefined ? {} : { at: parts.at }),
    ...(parts.data === undefined ? {} : { data: parts.data }),
  }
}
