import type { Document } from '../document/document.ts'
import { positionIn } from '../document/document.ts'
import type { Position } from '../finding.ts'
import type { X07Expr } from './x07-expr.ts'
import type { X07Type } from './x07-type.ts'

/**
 * One source file as the graph sees it, whichever language it is written in.
 *
 * The id of an X07 module is its `module_id`. The id of a TypeScript module is the name of the package it belongs to (the
 * nearest `package.json` with a name, at or above it and inside the repository), a slash, and its path in that package:
 * `@scope/pkg/src/json/read.ts`. Without such a package it is the path from the root. A prefix of ids therefore ends
 * with `/` for a folder, as it ends with `.` in X07.
 */
export type Module = X07Module | TypeScriptModule

interface ModuleBase {
  id: string
  /** Relative to the repository root, with `/` separators. */
  path: string
  /** Sorted by name in UTF-8 byte order, each name once. */
  imports: ModuleImport[]
  /** Exported names: qualified in X07 (`app.main.run`), plain in TypeScript (`run`, `default`). */
  exports: ReadonlySet<string>
}

/** One imported module. */
export interface ModuleImport {
  /**
   * The id of a module, or what lies outside the graph: an X07 module id, `node:fs`, or a package specifier as written.
   * Node's built-in modules always carry `node:`.
   */
  name: string
  /** Erased before the program runs: `import type`, `export type … from`, `import('…')` as a type. */
  typeOnly: boolean
  /** A file of the importing module's own package that is not a module of the graph; never an external import. */
  local: boolean
  /** Where the specifier stands. X07 modules tell it on demand, by `index` in `/imports`. */
  place: { line: number; col: number } | { index: number }
}

export interface X07Module extends ModuleBase {
  kind: 'x07'
  document: Document
  functions: X07Function[]
  asyncFunctions: X07Function[]
  /** The body of an entry module. */
  solve?: X07Body
}

interface TypeScriptModule extends ModuleBase {
  kind: 'typescript'
}

/** A `defn` or `defasync` declaration. */
export interface X07Function {
  name: string
  params: { name: string; type: X07Type; brand?: string }[]
  result: X07Type
  resultBrand?: string
  body: X07Body
}

/** An expression and the JSON pointer at which it stands in its file. */
export interface X07Body {
  expr: X07Expr
  pointer: string
}

/** Where a module imports `name`; the start of the file if it does not. */
export function positionOfImport(module: Module, name: string): Position {
  const place = module.imports.find((imported) => imported.name === name)?.place
  if (place === undefined) return { file: module.path, line: 1, col: 1 }
  if ('line' in place) return { file: module.path, line: place.line, col: place.col }
  return positionOfPointer(module, `/imports/${place.index}`)
}

/** Where a JSON pointer into an X07 module stands; the start of the file for a TypeScript one. */
export function positionOfPointer(module: Module, pointer: string): Position {
  if (module.kind === 'typescript') return { file: module.path, line: 1, col: 1 }
  return { ...positionIn(module.document, pointer), file: module.path }
}
