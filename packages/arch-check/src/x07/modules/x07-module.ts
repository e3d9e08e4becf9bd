import type { JsonNode } from '@x07-lab/msg-core/json'
import type { Document } from '../document/document.ts'
import { readDocument } from '../document/read-document.ts'
import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import { ModuleFault } from '../graph/module-fault.ts'
import { linePlaces } from './line-places.ts'
import type { ModuleImport, X07Body, X07Module } from '../graph/module.ts'
import { placeOfPointer } from '../graph/module.ts'
import type { X07Decls } from './x07-decls.ts'
import { readDecls } from './x07-decls.ts'
import { checkExpr } from './x07-expr.ts'
import type { JsonObject } from './x07-fields.ts'
import { field, nameField, objectOf, stringField, stringsField } from './x07-fields.ts'
import { isModuleId, trimBlanks } from './x07-names.ts'
import { readX07Version } from './x07-version.ts'

/** The module of a file, or why it is none; `pointer` is absent when the file is not JSON. */
export type ReadModule<M> = { module: M } | { fault: { reason: string; line: number; col: number; pointer?: string } }

/**
 * Reads a `*.x07.json` module, versions 0.3.0 to 0.9.0, and refuses what X07's own reader refuses: the graph of a
 * project must not hold modules that X07 leaves out.
 */
export function readX07Module(path: string, bytes: Uint8Array): ReadModule<X07Module> {
  const document = readDocument(path, bytes)
  if ('error' in document) {
    const { reason, line, col } = document.error
    return { fault: { reason, line, col } }
  }
  try {
    return { module: moduleOf(path, document) }
  } catch (error) {
    if (!(error instanceof ModuleFault)) throw error
    const { line, col } = placeOfPointer(document, linePlaces(document.text), error.pointer)
    return { fault: { reason: error.message, line, col, pointer: error.pointer } }
  }
}

function moduleOf(path: string, document: Document): X07Module {
  const root = objectOf(document.value, '', 'a module')
  const version = readX07Version(stringField(root, '', 'schema_version'))
  if (version === undefined)
    throw new ModuleFault('/schema_version', 'schema_version must be x07.x07ast@0.3.0 to 0.9.0')
  const kind = trimBlanks(stringField(root, '', 'kind'))
  if (kind !== 'module' && kind !== 'entry') throw new ModuleFault('/kind', 'kind must be "module" or "entry"')
  const id = nameField(root, '', 'module_id', isModuleId)
  const imports = importsOf(stringsField(root, '', 'imports'))
  const decimals = decimalsIn(document)
  const decls: X07Decls = readDecls(root, { moduleId: id, version, decimals })
  const solve = solveOf(root, decimals)
  return {
    kind: 'x07',
    id,
    path,
    imports,
    document,
    places: linePlaces(document.text),
    ...decls,
    ...(solve && { solve }),
  }
}

function importsOf(names: readonly string[]): ModuleImport[] {
  const first = new Map<string, number>()
  names.forEach((name, index) => {
    if (!isModuleId(name)) throw new ModuleFault('/imports', `import ${JSON.stringify(name)} is not a module id`)
    if (!first.has(name)) first.set(name, index)
  })
  return [...first]
    .map(([name, index]) => ({ name, typeOnly: false, local: false, place: { index } }))
    .sort((a, b) => compareUtf8(a.name, b.name))
}

function solveOf(root: JsonObject, decimals: ReadonlySet<string>): X07Body | undefined {
  const solve: Json | undefined = field(root, 'solve')
  return solve === undefined ? undefined : { expr: checkExpr(solve, '/solve', decimals), pointer: '/solve' }
}

const NONE: ReadonlySet<string> = new Set()

/** Pointers of the numbers that are not written as integers, `-0` among them. */
function decimalsIn(document: Document): ReadonlySet<string> {
  // Cheap and too wide, strings included: only then is the tree with its tokens worth building.
  if (!/-0|\d[.eE]/.test(document.text)) return NONE
  const found = new Set<string>()
  collectDecimals(document.tree(), '', found)
  return found
}

function collectDecimals(node: JsonNode, pointer: string, found: Set<string>): void {
  if (node.kind === 'number') {
    if (!/^(?:0|-?[1-9]\d*)$/.test(node.token)) found.add(pointer)
  } else if (node.kind === 'array') {
    node.items.forEach((item, at) => collectDecimals(item, `${pointer}/${at}`, found))
  } else if (node.kind === 'object') {
    // Keys of expressions' ancestors need no escape, and other pointers are never asked for.
    for (const member of node.members) collectDecimals(member.value, `${pointer}/${member.key}`, found)
  }
}
