import type { Json } from '../../finding.ts'
import { ModuleFault } from '../graph/module-fault.ts'
import { isLocalName, isTypeName } from './x07-names.ts'

/** A type in an X07 signature. */
export type X07Type =
  | { kind: 'named'; name: string }
  | { kind: 'variable'; name: string }
  | { kind: 'applied'; head: string; args: X07Type[] }

/** Types that go by a name; `u32` is `i32` under another one. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['u32', 'i32'],
  ...[
    'i32',
    'f64',
    'bytes',
    'bytes_view',
    'vec_u8',
    'option_i32',
    'option_bytes',
    'option_bytes_view',
    'result_i32',
    'result_bytes',
    'result_bytes_view',
    'result_result_bytes',
    'iface',
    'ptr_const_u8',
    'ptr_mut_u8',
    'ptr_const_void',
    'ptr_mut_void',
    'ptr_const_i32',
    'ptr_mut_i32',
  ].map((name): [string, string] => [name, name]),
])

const OPTION_ARGS = new Set(['i32', 'bytes', 'bytes_view'])
const RESULT_ARGS = new Set(['i32', 'bytes', 'bytes_view', 'result_bytes'])
const BYTES_LIKE = /^(?:(?:option_|result_)?bytes(?:_view)?|result_result_bytes)$/
const FOREIGN = /^(?:i32|ptr_(?:const|mut)_(?:u8|void|i32))$/

/** Reads a type: a name, `["t", variable]`, or `[head, argument, …]`. */
export function readType(value: Json, pointer: string): X07Type {
  if (typeof value === 'string') {
    if (!NAMED.has(value)) throw new ModuleFault(pointer, `unknown type ${JSON.stringify(value)}`)
    return { kind: 'named', name: value }
  }
  if (!Array.isArray(value)) throw new ModuleFault(pointer, 'a type must be a name or a list')
  const [head, ...rest] = value
  if (typeof head !== 'string' || !isTypeName(head))
    throw new ModuleFault(`${pointer}/0`, 'a type list must begin with a type name')
  if (head === 't') {
    const name = rest[0]
    if (rest.length !== 1 || typeof name !== 'string' || !isLocalName(name)) {
      throw new ModuleFault(pointer, 'a type variable must be ["t", name]')
    }
    return { kind: 'variable', name }
  }
  if (rest.length === 0) throw new ModuleFault(pointer, 'an applied type wants an argument')
  return { kind: 'applied', head, args: rest.map((item, at) => readType(item, `${pointer}/${at + 1}`)) }
}

/** The one name a type without variables goes by; undefined where it has none. */
function plainName(type: X07Type): string | undefined {
  if (type.kind === 'named') return NAMED.get(type.name)
  if (type.kind === 'variable') return undefined
  const [arg, ...more] = type.args
  const inner = arg === undefined || more.length > 0 ? undefined : plainName(arg)
  if (inner === undefined) return undefined
  if (type.head === 'option' && OPTION_ARGS.has(inner)) return `option_${inner}`
  if (type.head === 'result' && RESULT_ARGS.has(inner)) return `result_${inner}`
  return undefined
}

/** Whether values of the type are bytes, which a brand can name. */
export function isBytesLike(type: X07Type): boolean {
  return BYTES_LIKE.test(plainName(type) ?? '')
}

/** Whether a C function may take or return the type. */
export function isForeign(type: X07Type): boolean {
  return FOREIGN.test(plainName(type) ?? '')
}

/** The form in which X07's findings print a type: `Named("bytes")`. */
export function printType(type: X07Type): string {
  if (type.kind === 'named') return `Named(${JSON.stringify(type.name)})`
  if (type.kind === 'variable') return `Var(${JSON.stringify(type.name)})`
  return `App { head: ${JSON.stringify(type.head)}, args: [${type.args.map(printType).join(', ')}] }`
}
