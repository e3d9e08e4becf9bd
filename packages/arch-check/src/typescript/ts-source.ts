import type { StaticExport, StaticImport } from 'oxc-parser'
import { parseSync, Visitor } from 'oxc-parser'
import { linePlaces } from '../x07/modules/line-places.ts'

/** What one TypeScript file says about other files, before any name is resolved. Plain data: it crosses processes. */
interface TsSource {
  imports: TsImport[]
  /** Exported names; `export *` adds none. */
  exports: string[]
}

/** One specifier as written; `line` and `col` count from 1, `col` in code points, and point at its quote. */
interface TsImport {
  specifier: string
  typeOnly: boolean
  line: number
  col: number
}

/** Why a file is no TypeScript. */
interface TsFault {
  reason: string
  line: number
  col: number
}

export type TsParse = { source: TsSource } | { fault: TsFault }

/** A specifier and the UTF-16 index of its quote. */
interface Found {
  specifier: string
  typeOnly: boolean
  start: number
}

/**
 * Reads the imports and exports of a `.ts`, `.tsx`, `.mts` or `.cts` file: static imports, `export … from`, and, with a
 * literal argument, `import()`, `require()`, `import x = require()` and `import()` as a type. A static import is
 * type-only when `type` stands behind its first word; `import { type A }` alone still loads the module.
 */
export function parseTypeScript(path: string, text: string): TsParse {
  const result = parseSync(path, text, {
    lang: languageOf(path),
    ...(path.endsWith('.cts') && { sourceType: 'commonjs' }),
  })
  const error = result.errors[0]
  if (error !== undefined) return { fault: { reason: error.message, ...linePlaces(text)(error.labels[0]?.start ?? 0) } }
  const { staticImports, staticExports, dynamicImports } = result.module
  const found = [
    ...staticImports.map((statement) => fromImport(statement, text)),
    ...staticExports.flatMap((statement) => fromExport(statement, text)),
  ]
  const dynamic = dynamicImports.map(({ moduleRequest: { start, end } }) => ({
    start,
    literal: text.slice(start, end),
  }))
  if (needsTree(text, dynamic)) {
    collectFromTree(result.program, found)
  } else {
    for (const { start, literal } of dynamic) {
      const specifier = plainLiteral(literal)
      if (specifier !== undefined) found.push({ specifier, typeOnly: false, start })
    }
  }
  return { source: { imports: withPlaces(text, found), exports: staticExports.flatMap(namesOf) } }
}

function languageOf(path: string): 'ts' | 'tsx' | 'dts' {
  if (path.endsWith('.tsx')) return 'tsx'
  return /\.d\.[mc]?ts$/.test(path) ? 'dts' : 'ts'
}

const COMMENTS = String.raw`(?:\s|/\*(?:[^*]|\*(?!/))*\*/|//[^\n]*\n)`
const TYPE_IMPORT = new RegExp(`^import${COMMENTS}+type\\b`)
const TYPE_EXPORT = new RegExp(`^export${COMMENTS}+type\\b`)
/** `export {}`, or a comment where one may hide in it. */
const EMPTY_EXPORT = /\bexport\s*(?:\/[/*]|\{\s*[}/])/

function fromImport(statement: StaticImport, text: string): Found {
  const { value: specifier, start } = statement.moduleRequest
  // `import type from 'x'` binds the default export, which the entry then tells.
  const types = statement.entries.length > 0 && statement.entries.every((entry) => entry.isType)
  return { specifier, start, typeOnly: types && TYPE_IMPORT.test(text.slice(statement.start, start)) }
}

function fromExport(statement: StaticExport, text: string): Found[] {
  const request = statement.entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest
  if (!request) return []
  const types = statement.entries.every((entry) => entry.isType)
  return [
    {
      specifier: request.value,
      start: request.start,
      typeOnly: types && TYPE_EXPORT.test(text.slice(statement.start, request.start)),
    },
  ]
}

function namesOf(statement: StaticExport): string[] {
  // A default export has a place and no name; `export *` has neither.
  return statement.entries.flatMap(({ exportName: { name, start } }) => (start === null ? [] : [name ?? 'default']))
}

/** The parser's lists hold no `require`, no `import()` as a type, no `export {} from`: those need the syntax tree. */
function needsTree(text: string, dynamic: readonly { literal: string }[]): boolean {
  if (/\brequire\b/.test(text) || EMPTY_EXPORT.test(text) || dynamic.some(({ literal }) => literal.includes('\\')))
    return true
  return (text.match(/\bimport\s*\(/g)?.length ?? 0) > dynamic.length
}

function collectFromTree(program: Parameters<Visitor['visit']>[0], found: Found[]): void {
  const add = (node: { type: string; start: number }, typeOnly: boolean): void => {
    const specifier = literalValue(node)
    if (specifier !== undefined) found.push({ specifier, typeOnly, start: node.start })
  }
  new Visitor({
    ImportExpression: (node) => add(node.source, false),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null && node.specifiers.length === 0) add(node.source, node.exportKind === 'type')
    },
    TSImportType: (node) => add(node.source, true),
    TSExternalModuleReference: (node) => add(node.expression, false),
    CallExpression: (node) => {
      const [argument] = node.arguments
      if (node.callee.type === 'Identifier' && node.callee.name === 'require' && argument !== undefined)
        add(argument, false)
    },
  }).visit(program)
}

function literalValue(node: { type: string }): string | undefined {
  if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') return node.value
  if (node.type !== 'TemplateLiteral' || !('quasis' in node) || !Array.isArray(node.quasis)) return undefined
  const quasis: { value: { cooked: string | null } }[] = node.quasis
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? undefined) : undefined
}

/** The text between plain quotes; undefined for anything computed. */
function plainLiteral(literal: string): string | undefined {
  const match = /^(['"`])([^\\]*)\1$/.exec(literal)
  return match === null || match[2]?.includes('${') ? undefined : match[2]
}

function withPlaces(text: string, found: Found[]): TsImport[] {
  const places = linePlaces(text)
  return found
    .toSorted((a, b) => a.start - b.start)
    .map(({ specifier, typeOnly, start }) => ({ specifier, typeOnly, ...places(start) }))
}
