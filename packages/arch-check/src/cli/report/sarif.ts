import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CATALOGUE } from '../catalogue/explain.ts'
import type { CheckResult } from '../../check/result.ts'
import type { Finding, Json, Position, Severity } from '../../finding.ts'
import { layoutJson } from '../../x07/hash/layout.ts'

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
        results: result.findings.map((finding) => resultOf(finding, codes, result.manifest.path)),
      },
    ],
  })
}

function rule(code: string): Json {
  const [, meaning = code, remedy = ''] = CATALOGUE.get(code) ?? []
  return { id: code, shortDescription: { text: meaning }, help: { text: remedy || meaning } }
}

function resultOf(finding: Finding, codes: readonly string[], manifestFile: string): Json {
  const { code, severity, message, at, loc, origin } = finding
  // Code-scanning services refuse a result without a place; one about the project as a whole is about its manifest.
  const place = at ?? { file: loc !== undefined && 'file' in loc ? loc.file : manifestFile }
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: message },
    properties: { origin },
    locations: [location(place)],
  }
}

function location(at: Position): Json {
  const region = at.line === undefined ? {} : { region: { startLine: at.line, startColumn: at.col ?? 1 } }
  return { physicalLocation: { artifactLocation: artifact(at.file), ...region } }
}

/** A file by its URI: relative to the repository, or absolute where it lies elsewhere. */
function artifact(file: string): Json {
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href }
  // Whole segments, so that `#`, `?` and `:` are part of a name.
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' }
}
