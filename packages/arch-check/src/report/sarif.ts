import { CATALOGUE } from '../catalogue/explain.ts'
import type { CheckResult } from '../check/result.ts'
import type { Finding, Json, Severity } from '../finding.ts'
import { layoutJson } from '../hash/layout.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note', hint: 'note' }

/** The findings as SARIF 2.1.0, for code-scanning tools. */
export function sarif(result: CheckResult): string {
  const codes = [...new Set(result.findings.map((finding) => finding.code))]
  return layoutJson({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'arch-check', rules: codes.map(rule) } },
        columnKind: 'unicodeCodePoints',
        results: result.findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  })
}

function rule(code: string): Json {
  const [, meaning = code, remedy = ''] = CATALOGUE.get(code) ?? []
  return { id: code, shortDescription: { text: meaning }, help: { text: remedy || meaning } }
}

function resultOf(finding: Finding, codes: readonly string[]): Json {
  const { code, severity, message, at, origin } = finding
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: message },
    properties: { origin },
    ...(at === undefined ? {} : { locations: [location(at)] }),
  }
}

function location(at: NonNullable<Finding['at']>): Json {
  const region = at.line === undefined ? {} : { region: { startLine: at.line, startColumn: at.col ?? 1 } }
  return { physicalLocation: { artifactLocation: { uri: encodeURI(at.file), uriBaseId: '%SRCROOT%' }, ...region } }
}
