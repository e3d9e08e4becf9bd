import type { Json } from '../../finding.ts'
import { ModuleFault } from '../graph/module-fault.ts'

/** An expression of an X07 program: an i32, an atom, or a list whose head is an atom. */
export type X07Expr = number | string | X07Expr[]

const I32_MIN = -(2 ** 31)
const I32_MAX = 2 ** 31 - 1

/** Heads whose first argument is text rather than an atom, and may hold blanks. */
const TEXT_HEADS: ReadonlySet<Json | undefined> = new Set(['bytes.lit', 'bytes.view_lit'])

/** Anything Unicode counts as a blank; atoms hold none. */
const BLANK = /\p{White_Space}/u

/**
 * Checks that a JSON value is an expression and returns it unchanged. `decimals` holds the pointers of numbers written
 * with a point, an exponent or a minus before zero, which X07 does not take for integers.
 */
export function checkExpr(value: Json, pointer: string, decimals: ReadonlySet<string>): X07Expr {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < I32_MIN || value > I32_MAX || decimals.has(pointer)) {
      throw new ModuleFault(pointer, 'a number in an expression must be an integer of 32 bits')
    }
    return value
  }
  if (typeof value === 'string') {
    if (BLANK.test(value)) throw new ModuleFault(pointer, 'an atom must not contain a blank')
    return value
  }
  if (!Array.isArray(value)) throw new ModuleFault(pointer, 'an expression must be an integer, an atom or a list')
  const head = value[0]
  if (typeof head !== 'string') throw new ModuleFault(pointer, 'a list must begin with an atom')
  return value.map((item, at) => {
    const text = at === 1 && typeof item === 'string' && TEXT_HEADS.has(head)
    return text ? item : checkExpr(item, `${pointer}/${at}`, decimals)
  })
}

/** The text of `["bytes.lit", "…"]`; undefined for anything else. */
export function literalOf(expr: X07Expr | undefined): string | undefined {
  if (!Array.isArray(expr) || expr.length !== 2 || expr[0] !== 'bytes.lit') return undefined
  return typeof expr[1] === 'string' ? expr[1] : undefined
}
