import type { Finding, Severity } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2, hint: 3 }
const DATA_KEYS = ['node_from', 'node_to', 'module_path', 'import'] as const

/** The findings in the order of reports: severity, code, the edge they speak of, message, place. Ties keep their order. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => {
    if (a.severity !== b.severity) return RANK[a.severity] - RANK[b.severity]
    for (const [left, right] of keys(a, b)) {
      const order = compareUtf8(left, right)
      if (order !== 0) return order
    }
    return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.col ?? 0) - (b.at?.col ?? 0)
  })
}

function* keys(a: Finding, b: Finding): Generator<[string, string]> {
  yield [a.code, b.code]
  for (const key of DATA_KEYS) yield [dataText(a, key), dataText(b, key)]
  yield [a.message, b.message]
  yield [a.at?.file ?? '', b.at?.file ?? '']
}

function dataText(finding: Finding, key: string): string {
  const value = finding.data?.[key]
  return typeof value === 'string' ? value : ''
}
