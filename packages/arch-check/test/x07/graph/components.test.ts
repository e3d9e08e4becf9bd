import { array, assert, integer, nat, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cyclesIn } from '../../../src/x07/graph/components.ts'

/** The same by definition: two nodes belong together when each reaches the other. */
function byReachability(edges: number[][]): number[][] {
  const reach = edges.map((_, start) => {
    const seen = new Set<number>()
    const pending = [...(edges[start] ?? [])]
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (seen.has(node)) continue
      seen.add(node)
      pending.push(...(edges[node] ?? []))
    }
    return seen
  })
  const groups = edges.map((_, a) =>
    edges.flatMap((_, b) => (a === b || (reach[a]?.has(b) && reach[b]?.has(a)) ? [b] : [])),
  )
  return groups.filter((group, a) => group.length > 1 && group[0] === a)
}

describe('the cycles of a graph', () => {
  test.each<[edges: number[][], cycles: number[][]]>([
    [[], []],
    [[[0]], []],
    [[[1], []], []],
    [[[1], [0]], [[0, 1]]],
    [[[1], [2], [0], [0]], [[0, 1, 2]]],
    [
      [[2], [3], [0], [1]],
      [
        [0, 2],
        [1, 3],
      ],
    ],
    [
      [[1], [0, 2], [3], [2]],
      [
        [0, 1],
        [2, 3],
      ],
    ],
  ])('%j are %j', (edges, cycles) => {
    expect(cyclesIn(edges)).toEqual(cycles)
  })

  test('are the sets of nodes that reach each other', () => {
    const graph = integer({ min: 1, max: 12 }).chain((size) =>
      array(array(nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
    )
    assert(
      property(graph, (edges) => {
        expect(cyclesIn(edges)).toEqual(byReachability(edges))
      }),
    )
  })

  test('are found on a path of 200,000 nodes, where recursion would overflow', () => {
    const size = 200_000
    const ring = Array.from({ length: size }, (_, at) => [(at + 1) % size])
    expect(cyclesIn(ring).map((cycle) => cycle.length)).toEqual([size])
  })
})
