import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import type { JsonObject } from './x07-fields.ts'
import { arrayField, field, objectOf, stringField, stringsField } from './x07-fields.ts'
import { trimBlanks } from './x07-names.ts'

/**
 * The declarations of a valid X07 module in the form X07 prints them: the exports (of a module, not of an entry),
 * foreign functions, functions, async functions, each by name, then records and enums as they come. Keys the language
 * does not know, empty lists of clauses and blanks around texts are gone.
 */
export function canonicalDecls(module: JsonObject, kind: string): JsonObject[] {
  const decls = arrayField(module, '', 'decls').map((item) => objectOf(item, '', 'a declaration'))
  const of = (wanted: string): JsonObject[] => decls.filter((decl) => kindOf(decl) === wanted)
  const named = (wanted: string): JsonObject[] => of(wanted).toSorted((a, b) => compareUtf8(nameOf(a), nameOf(b)))
  const exports = kind === 'module' ? exportDecl(of('export')) : []
  const externs = named('extern').map(externDecl)
  const functions = [...named('defn'), ...named('defasync')].map((decl, at) =>
    functionDecl(decl, exports.length + externs.length + at),
  )
  return [...exports, ...externs, ...functions, ...of('defrecord').map(recordDecl), ...of('defenum').map(enumDecl)]
}

function exportDecl(decls: readonly JsonObject[]): JsonObject[] {
  const names = new Set(decls.flatMap((decl) => stringsField(decl, '', 'names')))
  return names.size === 0 ? [] : [{ kind: 'export', names: [...names].toSorted(compareUtf8) }]
}

function externDecl(decl: JsonObject): JsonObject {
  const name = nameOf(decl)
  const result = field(decl, 'result') ?? null
  return {
    kind: 'extern',
    abi: 'C',
    name,
    link_name: field(decl, 'link_name') ?? name.slice(name.lastIndexOf('.') + 1),
    params: paramsOf(decl),
    result: typeof result === 'string' ? trimBlanks(result) : result,
  }
}

/** `at`: its place among the declarations, which the pointers of its loop contracts begin with. */
function functionDecl(decl: JsonObject, at: number): JsonObject {
  const doc = field(decl, 'doc')
  const trimmed = typeof doc === 'string' ? trimBlanks(doc) : ''
  const protocol = field(decl, 'protocol')
  const loops = objectsOf(decl, 'loop_contracts').map((loop) => loopContract(loop, at))
  return {
    kind: kindOf(decl),
    name: nameOf(decl),
    ...(trimmed !== '' && { doc: trimmed }),
    ...unlessEmpty(
      'type_params',
      objectsOf(decl, 'type_params').map((param) => pick(param, ['name', 'bound'])),
    ),
    ...clauses(decl, ['requires', 'ensures', 'invariant', 'decreases']),
    ...(protocol !== undefined && {
      protocol: clauses(objectOf(protocol, '', 'protocol'), [
        'await_invariant',
        'scope_invariant',
        'cancellation_ensures',
      ]),
    }),
    ...unlessEmpty('loop_contracts', loops),
    params: paramsOf(decl),
    ...pick(decl, ['result', 'result_brand', 'body']),
  }
}

function loopContract(loop: JsonObject, at: number): JsonObject {
  const pointer = stringField(loop, '', 'ptr')
  const body = pointer.indexOf('/body')
  return {
    ptr: body === -1 ? pointer : `/decls/${at}${pointer.slice(body)}`,
    invariant: [],
    decreases: [],
    ...clauses(loop, ['invariant', 'decreases']),
  }
}

function clauses(owner: JsonObject, keys: readonly string[]): JsonObject {
  return Object.assign({}, ...keys.map((key) => unlessEmpty(key, objectsOf(owner, key).map(clauseOf))))
}

function clauseOf(clause: JsonObject): JsonObject {
  return { ...pick(clause, ['expr', 'id']), ...unlessEmpty('witness', arrayField(clause, '', 'witness', 'optional')) }
}

function recordDecl(decl: JsonObject): JsonObject {
  const fields = objectsOf(decl, 'fields').map((member) => pick(member, ['name', 'ty']))
  return { kind: 'defrecord', name: nameOf(decl), ...textDoc(decl), fields }
}

function enumDecl(decl: JsonObject): JsonObject {
  const variants = objectsOf(decl, 'variants').map((member) => pick(member, ['name', 'payload']))
  return { kind: 'defenum', name: nameOf(decl), ...textDoc(decl), variants }
}

function textDoc(decl: JsonObject): JsonObject {
  const doc = field(decl, 'doc')
  return typeof doc === 'string' ? { doc } : {}
}

function paramsOf(decl: JsonObject): JsonObject[] {
  return objectsOf(decl, 'params').map((param) => pick(param, ['name', 'ty', 'brand']))
}

function objectsOf(owner: JsonObject, key: string): JsonObject[] {
  return arrayField(owner, '', key, 'optional').map((item) => objectOf(item, '', `a member of ${key}`))
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  const members = keys.flatMap((key): [string, Json][] => {
    const value = field(object, key)
    return value === undefined ? [] : [[key, value]]
  })
  return Object.fromEntries(members)
}

function unlessEmpty(key: string, items: readonly Json[]): JsonObject {
  return items.length === 0 ? {} : { [key]: [...items] }
}

function kindOf(decl: JsonObject): string {
  return trimBlanks(stringField(decl, '', 'kind'))
}

function nameOf(decl: JsonObject): string {
  return stringField(decl, '', 'name')
}
