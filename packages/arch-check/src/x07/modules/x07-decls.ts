import type { Json } from '../../finding.ts'
import { ModuleFault } from '../graph/module-fault.ts'
import type { X07Function } from '../graph/module.ts'
import { checkClauses } from './x07-clauses.ts'
import { checkExpr } from './x07-expr.ts'
import type { JsonObject } from './x07-fields.ts'
import { arrayField, field, nameField, objectOf, optionalName, stringField, stringsField } from './x07-fields.ts'
import { isLocalName, isModuleId, trimBlanks } from './x07-names.ts'
import type { X07Type } from './x07-type.ts'
import { isBytesLike, isForeign, readType } from './x07-type.ts'
import type { X07Version } from './x07-version.ts'

/** What the declarations of a module come to. */
export interface X07Decls {
  exports: Set<string>
  functions: X07Function[]
  asyncFunctions: X07Function[]
}

interface Context {
  moduleId: string
  version: X07Version
  decimals: ReadonlySet<string>
}

/** Parameter names that the runtime uses itself. */
const RESERVED_PARAM = 'input'
const SCALARS: ReadonlySet<Json | undefined> = new Set(['i32', 'u32'])
const RECORDS_SINCE = 9

/** Reads `decls`: exports, functions, and the rest only as far as it can make the file invalid. */
export function readDecls(root: JsonObject, context: Context): X07Decls {
  const decls: X07Decls = { exports: new Set(), functions: [], asyncFunctions: [] }
  const names = new Set<string>()
  arrayField(root, '', 'decls').forEach((item, at) => {
    const pointer = `/decls/${at}`
    const decl = objectOf(item, pointer, 'a declaration')
    const name = readDecl(decl, pointer, context, decls)
    if (name === undefined) return
    if (names.has(name)) throw new ModuleFault(`${pointer}/name`, `the name ${JSON.stringify(name)} is declared twice`)
    names.add(name)
  })
  return decls
}

function readDecl(decl: JsonObject, pointer: string, context: Context, decls: X07Decls): string | undefined {
  const kind = trimBlanks(stringField(decl, pointer, 'kind'))
  switch (kind) {
    case 'export':
      if (decls.exports.size > 0) throw new ModuleFault(`${pointer}/kind`, 'a module has one export declaration')
      stringsField(decl, pointer, 'names').forEach((name, at) => {
        if (!isModuleId(name))
          throw new ModuleFault(`${pointer}/names/${at}`, `${JSON.stringify(name)} is not a symbol`)
        decls.exports.add(name)
      })
      return undefined
    case 'defn':
    case 'defasync': {
      const read = readFunction(decl, pointer, context, kind === 'defasync')
      const list = kind === 'defasync' ? decls.asyncFunctions : decls.functions
      list.push(read)
      return read.name
    }
    case 'extern':
      return checkExtern(decl, pointer, context)
    case 'defrecord':
    case 'defenum':
      if (context.version < RECORDS_SINCE) throw new ModuleFault(`${pointer}/kind`, `${kind} needs x07.x07ast@0.9.0`)
      return kind === 'defrecord' ? checkRecord(decl, pointer) : checkEnum(decl, pointer)
    default:
      throw new ModuleFault(`${pointer}/kind`, `unknown declaration kind ${JSON.stringify(kind)}`)
  }
}

function readFunction(decl: JsonObject, pointer: string, context: Context, async: boolean): X07Function {
  const name = ownName(decl, pointer, context.moduleId)
  checkClauses(decl, pointer, { version: context.version, async, decimals: context.decimals })
  const params = readParams(decl, pointer)
  const result = readType(required(decl, pointer, 'result'), `${pointer}/result`)
  const resultBrand = brandOf(decl, pointer, 'result_brand', result)
  const body = checkExpr(required(decl, pointer, 'body'), `${pointer}/body`, context.decimals)
  if (field(decl, 'doc') !== undefined) stringField(decl, pointer, 'doc')
  return {
    name,
    params,
    result,
    ...(resultBrand !== undefined && { resultBrand }),
    body: { expr: body, pointer: `${pointer}/body` },
  }
}

function readParams(decl: JsonObject, pointer: string): X07Function['params'] {
  return arrayField(decl, pointer, 'params').map((item, at) => {
    const place = `${pointer}/params/${at}`
    const param = objectOf(item, place, 'a parameter')
    const name = nameField(param, place, 'name', isLocalName)
    if (name === RESERVED_PARAM) throw new ModuleFault(`${place}/name`, `the parameter name "${name}" is reserved`)
    const type = readType(required(param, place, 'ty'), `${place}/ty`)
    const brand = brandOf(param, place, 'brand', type)
    return { name, type, ...(brand !== undefined && { brand }) }
  })
}

function brandOf(owner: JsonObject, pointer: string, key: string, type: X07Type): string | undefined {
  const brand = optionalName(owner, pointer, key, isModuleId)
  if (brand !== undefined && !isBytesLike(type))
    throw new ModuleFault(`${pointer}/${key}`, `${key} stands on a type that is not bytes`)
  return brand
}

function checkExtern(decl: JsonObject, pointer: string, context: Context): string {
  const name = ownName(decl, pointer, context.moduleId)
  if (trimBlanks(stringField(decl, pointer, 'abi')) !== 'C') throw new ModuleFault(`${pointer}/abi`, 'abi must be "C"')
  const link = optionalName(decl, pointer, 'link_name', isLocalName)
  if (link === undefined && !isLocalName(name.slice(name.lastIndexOf('.') + 1))) {
    throw new ModuleFault(`${pointer}/name`, 'the last segment of the name is no C name: add a link_name')
  }
  readParams(decl, pointer).forEach((param, at) => {
    if (!isForeign(param.type))
      throw new ModuleFault(`${pointer}/params/${at}/ty`, 'an extern takes i32 and pointers only')
  })
  const result = required(decl, pointer, 'result')
  const nothing = typeof result === 'string' && trimBlanks(result) === 'void'
  if (!nothing && !isForeign(readType(result, `${pointer}/result`))) {
    throw new ModuleFault(`${pointer}/result`, 'an extern returns i32, a pointer or void')
  }
  return name
}

function checkRecord(decl: JsonObject, pointer: string): string {
  const name = stringField(decl, pointer, 'name')
  checkMembers(decl, pointer, 'fields', (member, place) => {
    if (!SCALARS.has(stringField(member, place, 'ty')))
      throw new ModuleFault(`${place}/ty`, 'a record field is i32 or u32')
  })
  return name
}

function checkEnum(decl: JsonObject, pointer: string): string {
  const name = stringField(decl, pointer, 'name')
  checkMembers(decl, pointer, 'variants', (member, place) => {
    const payload = field(member, 'payload')
    if (payload !== undefined && !SCALARS.has(payload))
      throw new ModuleFault(`${place}/payload`, 'a payload is i32 or u32')
  })
  return name
}

function checkMembers(
  decl: JsonObject,
  pointer: string,
  key: 'fields' | 'variants',
  check: (member: JsonObject, place: string) => void,
): void {
  const seen = new Set<string>()
  const members = arrayField(decl, pointer, key)
  if (members.length === 0) throw new ModuleFault(`${pointer}/${key}`, `${key} must not be empty`)
  members.forEach((item, at) => {
    const place = `${pointer}/${key}/${at}`
    const member = objectOf(item, place, `a member of ${key}`)
    const name = stringField(member, place, 'name')
    if (seen.has(name)) throw new ModuleFault(`${place}/name`, `${JSON.stringify(name)} occurs twice`)
    seen.add(name)
    check(member, place)
  })
}

function ownName(decl: JsonObject, pointer: string, moduleId: string): string {
  const name = nameField(decl, pointer, 'name', isModuleId)
  if (!name.startsWith(`${moduleId}.`))
    throw new ModuleFault(`${pointer}/name`, `the name must begin with "${moduleId}."`)
  return name
}

function required(owner: JsonObject, pointer: string, key: string): Json {
  const value = field(owner, key)
  if (value === undefined) throw new ModuleFault(pointer, `${key} is missing`)
  return value
}
