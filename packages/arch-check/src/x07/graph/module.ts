import { nodeAt } from '@x07-lab/msg-core/json'
import type { Document } from '../document/document.ts'
import type { Position } from '../../finding.ts'
import type { LinePlaces } from '../modules/line-places.ts'
import type { X07Expr } from '../modules/x07-expr.ts'
import type { X07Type } from '../modules/x07-type.ts'

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
  places: LinePlaces
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

/** Where a module imports another. */
export function positionOfImport(module: Module, { place }: ModuleImport): Position {
  if ('line' in place) return { file: module.path, line: place.line, col: place.col }
  return positionOfPointer(module, `/imports/${place.index}`)
}

/**
 * Where the value of a JSON pointer stands in an X07 module, or the nearest value around it that is there; the start of
 * the file for a TypeScript one.
 */
export function positionOfPointer(module: Module, pointer: string): Position {
  if (module.kind === 'typescript') return { file: module.path, line: 1, col: 1 }
  return { file: module.path, pointer, ...placeOfPointer(module.document, module.places, pointer) }
}

/** The place of a JSON pointer's value in a document, or of the nearest value around it that is there. */
export function placeOfPointer(document: Document, places: LinePlaces, pointer: string): { line: number; col: number } {
  const root = document.tree()
  let path = pointer
  let node = nodeAt(root, path)
  while (node === undefined && path !== '') {
    path = path.slice(0, path.lastIndexOf('/'))
    node = nodeAt(root, path)
  }
  return places((node ?? root).start)
}
