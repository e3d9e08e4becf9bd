import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  causalOrder,
  fileOrder,
  hasCausalOrder,
  matchRules,
  pairOrder,
  type CausalTape,
} from '../../src/playback/index.ts'
import { histories, history } from './tapes.ts'

function all<T>(next: () => T | undefined): T[] {
  const found: T[] = []
  for (let one = next(); one !== undefined; one = next()) found.push(one)
  return found
}

function begins(numbers: readonly (number | undefined)[]): CausalTape {
  return { ...history([], () => 'call').tape, count: numbers.length, begin: (entry) => numbers[entry] }
}

describe('the order of causes', () => {
  test('is the order in which things happened, for any overlap', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { tape, open } = history(steps, () => 'call')
        expect(hasCausalOrder(tape, open)).toBe(true)
        const ended = steps.filter((step) => step.startsWith('-')).map((step) => step.slice(1))
        const lastEnd = steps.findLastIndex((step) => step.startsWith('-'))
        const expected = steps
          .slice(0, lastEnd + 1)
          .filter((step) => ended.includes(step.slice(1)))
          .map((step) => `${step.startsWith('+') ? 'begin' : 'end'} ${ended.indexOf(step.slice(1))}`)
        expect(all(causalOrder(tape, open)).map(({ half, entry }) => `${half} ${entry}`)).toEqual(expected)
      }),
    )
  })

  test('holds where thousands of entries begin within one, and end in another order', () => {
    const inner = Array.from({ length: 5_000 }, (_, at) => `${at}`)
    const steps = ['+long', ...inner.flatMap((at) => [`+${at}`]), ...inner.toReversed().map((at) => `-${at}`), '-long']
    const { tape, open } = history(steps, () => 'call')
    const order = all(causalOrder(tape, open)).map(({ half, entry }) => `${half} ${entry}`)
    const entryOf = (name: string): number => (name === 'long' ? 5_000 : 4_999 - Number(name))
    expect(order).toEqual(steps.map((step) => `${step.startsWith('+') ? 'begin' : 'end'} ${entryOf(step.slice(1))}`))
  })

  test('looks at no more than what is near, where the tape knows the entry around all others', () => {
    const inner = 5_000
    let looked = 0
    const numbers = Array.from({ length: inner + 1 }, (_, entry) => (entry === inner ? 0 : 2 * entry + 1))
    const tape: CausalTape = {
      ...begins(numbers),
      begin(entry) {
        if (entry < inner) looked = Math.max(looked, entry)
        return numbers[entry]
      },
      begins: { has: (position) => position === 0 || (position % 2 === 1 && position < 2 * inner) },
      farEntry: (position) => (position === 0 ? inner : undefined),
      event: (entry, half) => ({ entry, half, side: 'broker', lane: 0, rule: matchRules.ordered, turn: 0 }),
    }
    const next = causalOrder(tape)
    expect(next()).toMatchObject({ entry: inner, half: 'begin' })
    expect([next(), next()]).toMatchObject([
      { entry: 0, half: 'begin' },
      { entry: 0, half: 'end' },
    ])
    expect(looked).toBe(0)
    const rest = all(next)
    expect(rest.at(-1)).toMatchObject({ entry: inner, half: 'end' })
    expect(rest).toHaveLength(2 * inner - 1)
  })

  test.each([
    ['an entry without a begin', [0, undefined], []],
    ['two entries with one begin', [0, 0], []],
    ['a begin behind its own end', [2, 0], []],
    ['a begin that the seal calls open', [0], [0]],
    ['a begin far behind the last event', [0xffff_ffff], []],
  ] as const)('is not there with %s', (_title, numbers, open) => {
    expect(hasCausalOrder(begins(numbers), new Set(open))).toBe(false)
  })
})

test('tapes without begins are read in the order of the file, one event or two an entry, without what is nobody’s business', () => {
  const { tape } = history(['+0', '-0', '+1', '-1', '+2', '-2'], () => 'call')
  const partly = {
    ...tape,
    event: (...[entry, half]: Parameters<typeof tape.event>) => (entry === 1 ? undefined : tape.event(entry, half)),
  }
  const read = (next: ReturnType<typeof fileOrder>) => all(next).map(({ half, entry }) => `${half} ${entry}`)
  expect(read(fileOrder(partly))).toEqual(['whole 0', 'whole 2'])
  expect(read(pairOrder(partly))).toEqual(['begin 0', 'end 0', 'begin 2', 'end 2'])
})
