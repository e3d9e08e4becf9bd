import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchRules, type Engine, type MatchRule } from '../../src/playback/index.ts'
import { causalEngine, fileEngine, given, histories, offered, said } from './tapes.ts'

const { ordered, nearby, bag, last, repeat, optional } = matchRules

describe('entries with two halves', () => {
  test('a delivery is given when everything of the program before it has happened, and not sooner', () => {
    // A call, its answer; a second call; a delivery that came before its answer; its settle.
    const engine = causalEngine(['+0', '-0', '+1', '+2', '-1', '-2'], (thing) => (thing === 2 ? 'delivery' : 'call'))
    expect(given(engine)).toEqual([])
    expect(engine.cut.waitingFor()).toMatchObject([{ entry: 0, half: 'begin' }])
    expect(engine.cut.nextOfBroker()).toMatchObject({ entry: 0, half: 'end' })
    expect(offered(engine, '0')).toBe('0')
    expect(given(engine)).toEqual([0])
    expect(offered(engine, '1')).toBe('1')
    expect([engine.cut.next(), engine.cut.next()]).toMatchObject([
      { entry: 2, half: 'begin' },
      { entry: 1, half: 'end' },
    ])
    expect(engine.cut.next()).toBeUndefined()
    expect(engine.cut.waitingFor()).toMatchObject([{ entry: 2, half: 'end' }])
    expect(engine.perform(1, 2, 'end')).toBe(true)
    expect(given(engine)).toEqual([])
    expect(engine.cut.waitingFor()).toEqual([])
    expect(engine.report(true)).toMatchObject({ differences: [], more: 0 })
    expect(offered(engine, '3')).toBe('extra')
  })

  test('a program that does what it did gets everything, whatever the history', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const calls = steps.filter((step) => step.startsWith('+') && Number(step.slice(1)) % 2 === 0)
        const engine = causalEngine(steps, (thing) => (thing % 2 === 0 ? 'call' : 'delivery'))
        const ended = new Set(steps.filter((step) => step.startsWith('-')).map((step) => step.slice(1)))
        // All calls at once, each delivery settled when it comes: never later than recorded.
        for (const call of calls) if (ended.has(call.slice(1))) expect(offered(engine, call.slice(1))).toMatch(/^\d+$/)
        let count = 0
        for (let event = engine.cut.next(); event !== undefined; event = engine.cut.next()) {
          count++
          if (event.half === 'begin') engine.perform(1, event.entry, 'end')
        }
        expect(count).toBe(ended.size)
        expect(engine.report(true).differences).toEqual([])
      }),
    )
  })

  test('an answer never comes before its own call, also where nobody waits for the call', () => {
    const engine = causalEngine(['+0', '-0', '+1', '-1'], (thing) => (thing === 1 ? 'delivery' : 'call'), optional)
    expect(given(engine)).toEqual([1])
    expect(offered(engine, '0')).toBe('0')
    expect(given(engine)).toEqual([0])
  })

  test('a settle out of the order of its lane is said to be, and what was left open is listed', () => {
    const engine = causalEngine(['+0', '+1', '+2', '-0', '-1', '-2'], () => 'delivery')
    expect(given(engine)).toEqual([0, 1, 2])
    expect(engine.perform(1, 1, 'end')).toBe(false)
    expect([...engine.open(1)].map(({ entry }) => entry)).toEqual([0, 2])
    expect(engine.perform(1, 0, 'end')).toBe(true)
    expect(engine.report(true).differences).toMatchObject([{ kind: 'missing', event: { entry: 2 }, count: 1 }])
  })
})

describe('single events in the order of a file', () => {
  test('what came together is released together, when its first event is due', () => {
    const engine = fileEngine([
      said('>connect'),
      said('<start', { turn: 1 }),
      said('<tune', { turn: 1 }),
      said('>open'),
      said('<opened', { turn: 2 }),
      said('<close', { turn: 3 }),
    ])
    const turn = (): number[] => engine.cut.release().map(({ entry }) => entry)
    expect(turn()).toEqual([])
    engine.offer(0, 'connect')
    expect(turn()).toEqual([1, 2])
    expect(turn()).toEqual([])
    engine.offer(0, 'open')
    expect([turn(), turn(), turn()]).toEqual([[4], [5], []])
  })

  test('lanes are free of each other, causes hold across them', () => {
    const engine = fileEngine([said('>a'), said('>b', { lane: 1 }), said('<c'), said('>d', { lane: 1 }), said('<e')])
    expect(offered(engine, 'b', 1)).toBe('1')
    expect(offered(engine, 'd', 1)).toBe('3')
    expect(given(engine)).toEqual([])
    expect(offered(engine, 'a')).toBe('0')
    expect(given(engine)).toEqual([2, 4])
  })

  test('events of the broker that are not asserted are not missed, others are', () => {
    const engine = fileEngine([said('>a'), said('<b', { rule: optional }), said('<c')])
    offered(engine, 'a')
    expect(engine.report(true).differences).toMatchObject([{ kind: 'missing', event: { entry: 2, side: 'broker' } }])
  })

  test('a log may be read up to where the program has come, whatever the broker gave; what is taken is counted', () => {
    const engine = fileEngine([
      said('<a'),
      said('>p'),
      said('<b'),
      said('>s', { rule: repeat, lane: 1 }),
      said('<c'),
      said('>q'),
      said('<d'),
    ])
    expect([0, 2].map((entry) => engine.cut.causesHappened(entry))).toEqual([true, false])
    engine.offer(0, 'p')
    expect([2, 4, 6].map((entry) => engine.cut.causesHappened(entry))).toEqual([true, true, false])
    engine.take(4, 'whole', 'partition read as a log')
    engine.relax('heartbeat error repeated')
    expect(given(engine)).toEqual([0, 2])
    engine.offer(0, 'q')
    expect(given(engine)).toEqual([6])
    expect(engine.report(true)).toMatchObject({
      differences: [],
      relaxations: { 'partition read as a log': 1, 'heartbeat error repeated': 1 },
    })
  })

  test('it says all that it waits for, as far as asked', () => {
    const engine = fileEngine([
      said('>a'),
      said('>s', { rule: repeat, lane: 1 }),
      said('>b'),
      said('>c'),
      said('<d'),
      said('>e'),
    ])
    engine.offer(0, 'a')
    expect(engine.cut.waitingFor().map(({ entry }) => entry)).toEqual([2, 3])
    expect(engine.cut.waitingFor(1).map(({ entry }) => entry)).toEqual([2])
  })
})

describe('rules', () => {
  const acts = (rule: typeof ordered, recorded: string, now: string) => {
    const engine = fileEngine(Array.from(recorded).map((says) => ({ says, rule })))
    const results = Array.from(now).map((act) => offered(engine, act))
    const { differences, outOfOrder } = engine.report(true)
    const said = differences.map((one) => {
      if (one.kind === 'extra') return `extra ${one.act} before ${one.before?.entry}`
      if (one.kind === 'missing') return `missing ${one.count} from ${one.event.entry}`
      return one.kind === 'changed' ? `changed ${one.event.entry} to ${one.act}` : `moved ${one.event.entry}`
    })
    return { results, differences: said, outOfOrder }
  }

  test.each([
    ['the same', 'abc', 'abc', ['0', '1', '2'], [], 0],
    ['one more', 'abc', 'abxc', ['0', '1', 'changed 2', '2 again'], ['extra x before 2'], 0],
    ['one more at the end', 'ab', 'abx', ['0', '1', 'extra'], ['extra x before undefined'], 0],
    ['one fewer', 'abc', 'ac', ['0', 'moved 2'], ['missing 1 from 1'], 0],
    ['none of the last', 'abc', 'a', ['0'], ['missing 2 from 1'], 0],
    ['another one', 'abc', 'axc', ['0', 'changed 1', '2'], ['changed 1 to x'], 0],
    ['two that changed places', 'abc', 'bac', ['moved 1', 'moved 0', '2'], ['moved 0'], 0],
    ['equal ones', 'abb', 'bab', ['moved 1', 'moved 0', '2'], ['moved 0'], 0],
    [
      'one more and another one',
      'abcd',
      'xabyd',
      ['changed 0', '0 again', '1', 'changed 2', '3'],
      ['extra x before 0', 'changed 2 to y'],
      0,
    ],
  ])('ordered, %s', (_title, recorded, now, results, differences, outOfOrder) => {
    expect(acts(ordered, recorded, now)).toEqual({ results, differences, outOfOrder })
  })

  test.each([
    ['any order', 'abcd', 'dbca', ['3 out of order', '1 out of order', '2 out of order', '0'], [], 3],
    ['another one', 'abc', 'cxb', ['2 out of order', 'changed 0', '1'], ['changed 0 to x'], 1],
    [
      'another one, whose place is that of a later one',
      'abc',
      'xac',
      ['changed 0', '0 again', '2'],
      ['changed 1 to x'],
      0,
    ],
    ['one more', 'ab', 'bxa', ['1 out of order', 'changed 0', '0 again'], ['extra x before undefined'], 1],
    ['one fewer', 'abc', 'ca', ['2 out of order', '0'], ['missing 1 from 1'], 1],
  ])('bag, %s', (_title, recorded, now, results, differences, outOfOrder) => {
    expect(acts(bag, recorded, now)).toEqual({ results, differences, outOfOrder })
  })

  test('nearby, up to 32 places away', () => {
    const letters = String.fromCharCode(...Array.from({ length: 64 }, (_, n) => 48 + n))
    const at = (place: number) => letters.charAt(place)
    expect(acts(nearby, letters, at(32)).results).toEqual(['32 out of order'])
    expect(acts(nearby, letters, at(33)).results).toEqual(['changed 0'])
  })

  test('an ordered lane recognises what is up to 32 places ahead, and takes what is further on for another act', () => {
    const letters = String.fromCharCode(...Array.from({ length: 64 }, (_, n) => 48 + n))
    expect(acts(ordered, letters, letters.charAt(32)).results).toEqual(['moved 32'])
    expect(acts(ordered, letters, letters.charAt(33)).results).toEqual(['changed 0'])
  })

  test('repeat gives the next equal one, then the last again, and is never missed', () => {
    expect(acts(repeat, 'aba', 'abaab')).toEqual({
      results: ['0', '1', '2', '2 again', '1 again'],
      differences: [],
      outOfOrder: 0,
    })
    expect(acts(repeat, 'ab', 'x')).toMatchObject({ results: ['extra'] })
  })

  test('last compares what came last, whatever came before and however often', () => {
    expect(acts(last, '135', '2345')).toMatchObject({ differences: [] })
    expect(acts(last, '135', '4')).toMatchObject({ differences: ['changed 2 to 4'] })
    expect(acts(last, '135', '')).toMatchObject({ differences: ['missing 1 from 2'] })
  })

  test('optional may be left out, and is compared where it comes', () => {
    expect(acts(optional, 'abc', 'b')).toMatchObject({ differences: [] })
    expect(acts(optional, 'abc', 'x')).toMatchObject({ results: ['extra'], differences: ['extra x before undefined'] })
  })
})

describe('a difference among many', () => {
  const many = Array.from({ length: 1_000 }, (_, n) => `m${n}`)
  const differences = (recorded: readonly string[], now: readonly string[]) => {
    const engine = fileEngine(recorded.map((says) => ({ says })))
    for (const act of now) engine.offer(0, act)
    return engine.report(true)
  }

  test.each([
    ['one more', many.toSpliced(500, 0, 'x'), [{ kind: 'extra', before: { entry: 500 }, act: 'x' }]],
    ['one more that equals another', many.toSpliced(500, 0, 'm700'), [{ kind: 'extra', before: { entry: 500 } }]],
    ['one fewer', many.toSpliced(500, 1), [{ kind: 'missing', event: { entry: 500 }, count: 1 }]],
    ['another one', many.toSpliced(500, 1, 'x'), [{ kind: 'changed', event: { entry: 500 }, act: 'x' }]],
    [
      'one that came much later',
      many.toSpliced(100, 1).toSpliced(899, 0, 'm100'),
      [{ kind: 'moved', event: { entry: 100 } }],
    ],
  ])('is one difference: %s', (_title, now, wanted) => {
    expect(differences(many, now)).toMatchObject({ differences: wanted, more: 0 })
  })

  test('where everything differs it is counted, in bounded time', () => {
    const { differences: list, more } = differences(
      many,
      many.map((says) => `${says}!`),
    )
    expect(list.length + more).toBe(1_000)
  })

  test('what is shown is what a person changed, for any edit', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
    fc.assert(
      fc.property(words, words, (recorded, now) => {
        const { differences: list } = differences(recorded, now)
        const weight = list.reduce((sum, one) => sum + (one.kind === 'missing' ? one.count : 1), 0)
        expect(weight === 0).toBe(JSON.stringify(recorded) === JSON.stringify(now))
        const count = (kind: string) =>
          list.reduce((sum, one) => sum + (one.kind !== kind ? 0 : one.kind === 'missing' ? one.count : 1), 0)
        expect(recorded.length - count('missing') + count('extra')).toBe(now.length)
      }),
    )
  })
})

test('of acts that look alike the one is meant whose made-up name is that of now, and an unknown one is none of them', () => {
  const events = [said('>reply:1'), said('>reply:2'), said('>reply:3')]
  const named = (rule: MatchRule): Engine<string> =>
    fileEngine(
      events.map((event) => ({ ...event, rule })),
      (says) => says.split(':', 1)[0]!,
    )
  expect(offered(named(ordered), 'reply:2')).toBe('moved 1')
  expect(offered(named(ordered), 'reply:9')).toBe('changed 0')
  expect(offered(named(nearby), 'reply:3')).toBe('2 out of order')
})
