import { ModuleFault } from '../graph/module-fault.ts'
import { checkExpr } from './x07-expr.ts'
import type { JsonObject } from './x07-fields.ts'
import { arrayField, field, objectOf, optionalName, nameField, stringField } from './x07-fields.ts'
import { isLocalName, isTypeName } from './x07-names.ts'
import type { X07Version } from './x07-version.ts'

const CLAUSES = ['requires', 'ensures', 'invariant']

/**
 * Checks the parts of a function declaration that no check of ours reads, but that make X07 refuse the file: type
 * parameters, contract clauses, loop contracts, the protocol of an async function.
 */
export function checkClauses(
  decl: JsonObject,
  pointer: string,
  { version, async, decimals }: { version: X07Version; async: boolean; decimals: ReadonlySet<string> },
): void {
  const since = (key: string, minor: number): void => {
    if (field(decl, key) !== undefined && version < minor) {
      throw new ModuleFault(`${pointer}/${key}`, `${key} needs x07.x07ast@0.${minor}.0`)
    }
  }
  checkTypeParams(decl, pointer)
  for (const key of CLAUSES) since(key, 5)
  since('loop_contracts', 6)
  since('protocol', 7)
  since('decreases', 8)
  const only = async ? 'decreases' : 'protocol'
  if (field(decl, only) !== undefined) {
    throw new ModuleFault(`${pointer}/${only}`, `${only} belongs to ${async ? 'defn' : 'defasync'} declarations`)
  }
  for (const key of [...CLAUSES, 'decreases']) checkClauseList(decl, pointer, key, decimals)
  if (field(decl, 'protocol') !== undefined) {
    const protocol = objectOf(field(decl, 'protocol'), `${pointer}/protocol`, 'protocol')
    for (const key of ['await_invariant', 'scope_invariant', 'cancellation_ensures']) {
      checkClauseList(protocol, `${pointer}/protocol`, key, decimals)
    }
  }
  arrayField(decl, pointer, 'loop_contracts', 'optional').forEach((item, at) => {
    const place = `${pointer}/loop_contracts/${at}`
    const loop = objectOf(item, place, 'a loop contract')
    stringField(loop, place, 'ptr')
    checkClauseList(loop, place, 'invariant', decimals)
    checkClauseList(loop, place, 'decreases', decimals)
  })
}

function checkClauseList(owner: JsonObject, pointer: string, key: string, decimals: ReadonlySet<string>): void {
  arrayField(owner, pointer, key, 'optional').forEach((item, at) => {
    const place = `${pointer}/${key}/${at}`
    const clause = objectOf(item, place, `a clause of ${key}`)
    if (field(clause, 'id') !== undefined) stringField(clause, place, 'id')
    const expr = field(clause, 'expr')
    if (expr === undefined) throw new ModuleFault(place, `a clause of ${key} wants an expr`)
    checkExpr(expr, `${place}/expr`, decimals)
    arrayField(clause, place, 'witness', 'optional').forEach((witness, index) => {
      checkExpr(witness, `${place}/witness/${index}`, decimals)
    })
  })
}

function checkTypeParams(decl: JsonObject, pointer: string): void {
  const seen = new Set<string>()
  arrayField(decl, pointer, 'type_params', 'optional').forEach((item, at) => {
    const place = `${pointer}/type_params/${at}`
    const param = objectOf(item, place, 'a type parameter')
    const name = nameField(param, place, 'name', isLocalName)
    if (seen.has(name)) throw new ModuleFault(`${place}/name`, `type parameter ${JSON.stringify(name)} occurs twice`)
    seen.add(name)
    optionalName(param, place, 'bound', isTypeName)
  })
}
