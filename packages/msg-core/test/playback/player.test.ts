import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Player, Queue, type Role, type Tape } from '../../src/playback/index.ts'
import { causalOrder, fileOrder, hasCausalOrder } from '../../src/playback/order.ts'

interface Made {
  readonly role: Role
  readonly begin?: number
}

function tapeOf(entries: readonly Made[]): Tape {
  return {
    count: entries.length,
    begin: (entry) => entries[entry]?.begin,
    role: (entry) => entries[entry]?.role ?? 'none',
  }
}

/** What happened: `+n` began and `-n` ended thing `n`, in this order. Things without an end stay open. */
function tapeOfHistory(history: readonly string[], role: (thing: number) => Role): { tape: Tape; open: Set<number> } {
  const begins = new Map<number, number>()
  const entries: Made[] = []
  history.forEach((step, position) => {
    const thing = Number(step.slice(1))
    if (step.startsWith('+')) begins.set(thing, position)
    else {
      entries.push({ role: role(thing), begin: begins.get(thing) ?? -1 })
      begins.delete(thing)
    }
  })
  return { tape: tapeOf(entries), open: new Set(begins.values()) }
}

/** Histories of things that begin, overlap and end; some never do. */
const histories = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.boolean()), { maxLength: 40 }).map((moves) => {
  const history: string[] = []
  const running: number[] = []
  let next = 0
  for (const [which, starts] of moves) {
    if (starts || running.length === 0) {
      running.push(next)
      history.push(`+${next++}`)
    } else {
      history.push(`-${running.splice(which % running.length, 1)[0]}`)
    }
  }
  return history
})

function all<T>(next: () => T | undefined): T[] {
  const found: T[] = []
  for (let one = next(); one !== undefined; one = next()) found.push(one)
  return found
}

describe('the order of causes', () => {
  test('is the order in which things happened, for any overlap', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { tape, open } = tapeOfHistory(history, () => 'call')
        expect(hasCausalOrder(tape, open)).toBe(true)
        const ended = history.filter((step) => step.startsWith('-')).map((step) => step.slice(1))
        const lastEnd = history.findLastIndex((step) => step.startsWith('-'))
        const expected = history
          .slice(0, lastEnd + 1)
          .filter((step) => ended.includes(step.slice(1)))
          .map((step) => `${step.startsWith('+') ? 'begin' : 'end'} ${ended.indexOf(step.slice(1))}`)
        expect(all(causalOrder(tape, open)).map(({ half, entry }) => `${half} ${entry}`)).toEqual(expected)
      }),
    )
  })

  test.each([
    ['an entry without a begin', [{ begin: 0 }, {}], []],
    ['two entries with one begin', [{ begin: 0 }, { begin: 0 }], []],
    ['a begin behind its own end', [{ begin: 2 }, { begin: 0 }], []],
    ['a begin that the seal calls open', [{ begin: 0 }], [0]],
    ['a begin far behind the last event', [{ begin: 0xffff_ffff }], []],
  ] as const)('is not there with %s', (_title, entries, open) => {
    const tape = tapeOf(entries.map((entry) => ({ role: 'call', ...entry })))
    expect(hasCausalOrder(tape, new Set(open))).toBe(false)
  })

  test('of a tape without begins is that of the file, what is nobody’s business left out', () => {
    const tape = tapeOf([{ role: 'call' }, { role: 'none' }, { role: 'delivery' }])
    expect(all(fileOrder(tape)).map(({ half, entry }) => `${half} ${entry}`)).toEqual([
      'begin 0',
      'end 0',
      'begin 2',
      'end 2',
    ])
  })
})

describe('the player', () => {
  test('gives a delivery when everything of the program before it has happened, and not sooner', () => {
    // A call, its answer; a second call; a delivery that came before its answer; its settle.
    const { tape, open } = tapeOfHistory(['+0', '-0', '+1', '+2', '-1', '-2'], (thing) =>
      thing === 2 ? 'delivery' : 'call',
    )
    const player = new Player(tape, { lane: () => 0, open })
    expect(player.release()).toBeUndefined()
    expect(player.waitingFor()).toMatchObject({ entry: 0, half: 'begin' })
    expect(player.offer({ kind: 'call', lane: 0 })).toBe(0)
    expect(player.release()).toEqual({ kind: 'answer', entry: 0 })
    expect(player.release()).toBeUndefined()
    expect(player.offer({ kind: 'call', lane: 0 })).toBe(1)
    expect(player.deliveriesLeft).toBe(1)
    expect([player.release(), player.release(), player.release()]).toEqual([
      { kind: 'delivery', entry: 2 },
      { kind: 'answer', entry: 1 },
      undefined,
    ])
    expect(player.deliveriesLeft).toBe(0)
    expect(player.waitingFor()).toMatchObject({ entry: 2, half: 'end' })
    player.offer({ kind: 'settle', entry: 2 })
    expect(player.release()).toBeUndefined()
    expect(player.waitingFor()).toBeUndefined()
    expect(player.offer({ kind: 'call', lane: 0 })).toBeUndefined()
  })

  test('matches calls within a lane in the order they were begun; across lanes the order is free', () => {
    const { tape } = tapeOfHistory(['+0', '+1', '+2', '-2', '-1', '-0'], () => 'call')
    // Entries in file order: thing 2, 1, 0. Lane 1 is thing 1 alone.
    const player = new Player(tape, { lane: (entry) => (entry === 1 ? 1 : 0) })
    expect(player.expected(0)).toBe(2)
    expect(player.expected(0, 1)).toBe(0)
    expect(player.expected(0, 2)).toBeUndefined()
    expect(player.offer({ kind: 'call', lane: 1 })).toBe(1)
    expect(player.offer({ kind: 'call', lane: 0 })).toBe(2)
    expect(player.release()).toBeUndefined()
    expect(player.offer({ kind: 'call', lane: 0 })).toBe(0)
    expect(all(() => player.release()).map(({ entry }) => entry)).toEqual([0, 1, 2])
  })

  test('a program that does what it did gets everything, whatever the history', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { tape, open } = tapeOfHistory(history, (thing) => (thing % 2 === 0 ? 'call' : 'delivery'))
        const player = new Player(tape, { lane: () => 0, open })
        const given: number[] = []
        // All calls at once, each delivery settled when it comes: never later than recorded.
        while (player.offer({ kind: 'call', lane: 0 }) !== undefined) {
          // The recorded calls run out by themselves.
        }
        for (let release = player.release(); release !== undefined; release = player.release()) {
          given.push(release.entry)
          if (release.kind === 'delivery') player.offer({ kind: 'settle', entry: release.entry })
        }
        expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: tape.count }, (_, entry) => entry))
      }),
    )
  })
})

test('a queue gives what it took, in order, however long it grows', () => {
  const queue = new Queue<number>()
  let taken = 0
  for (let n = 0; n < 5000; n++) {
    queue.push(n)
    if (n % 3 !== 0) expect(queue.shift()).toBe(taken++)
  }
  expect([queue.length, queue.peek(), queue.peek(1)]).toEqual([5000 - taken, taken, taken + 1])
  while (taken < 5000) expect(queue.shift()).toBe(taken++)
  expect([queue.shift(), queue.length]).toEqual([undefined, 0])
})
