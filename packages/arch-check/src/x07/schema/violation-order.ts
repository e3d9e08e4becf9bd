import { pointerTokens } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import type { Violation } from './violations.ts'

/**
 * Puts violations in the order in which X07's validator meets them, which decides what `max_diags` leaves: the keywords
 * of a schema in alphabetical order, the keys of an object in the order of their bytes. A closed object's members are
 * looked at under `additionalProperties`, before its unknown keys; elements under `items`.
 */
export function inX07Order(violations: readonly Violation[], value: Json): Violation[] {
  if (violations.length < 2) return [...violations]
  return violations
    .map((violation) => ({ violation, steps: stepsOf(violation, value) }))
    .toSorted((a, b) => compareSteps(a.steps, b.steps))
    .map(({ violation }) => violation)
}

/** One level on the way to a broken rule: the keyword, and the member or element it leads into. */
interface Step {
  keyword: string
  into?: string | number
}

function stepsOf({ instancePath, keyword }: Violation, value: Json): Step[] {
  const steps: Step[] = []
  let at: Json | undefined = value
  for (const token of instancePath === '' ? [] : pointerTokens(instancePath)) {
    if (Array.isArray(at)) {
      steps.push({ keyword: 'items', into: Number(token) })
      at = at[Number(token)]
    } else {
      steps.push({ keyword: 'additionalProperties', into: token })
      at = typeof at === 'object' && at !== null && Object.hasOwn(at, token) ? at[token] : undefined
    }
  }
  return [...steps, { keyword }]
}

function compareSteps(left: readonly Step[], right: readonly Step[]): number {
  for (let level = 0; ; level += 1) {
    const [a, b] = [left[level], right[level]]
    if (a === undefined || b === undefined) return left.length - right.length
    const order = compareStep(a, b)
    if (order !== 0) return order
  }
}

function compareStep(a: Step, b: Step): number {
  if (a.keyword !== b.keyword) return compareUtf8(a.keyword, b.keyword)
  if (typeof a.into === 'number' && typeof b.into === 'number') return a.into - b.into
  if (typeof a.into === 'string' && typeof b.into === 'string') return compareUtf8(a.into, b.into)
  return Number(a.into === undefined) - Number(b.into === undefined)
}
