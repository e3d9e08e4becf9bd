/**
 * The strongly connected components of two or more members of a directed graph, by Tarjan's algorithm without recursion.
 * `edges` maps each node to its targets by index; components and their members come out ascending.
 */
export function cyclesIn(edges: readonly (readonly number[])[]): number[][] {
  const order = new Int32Array(edges.length).fill(-1)
  const low = new Int32Array(edges.length)
  const nextEdge = new Int32Array(edges.length)
  const onStack = new Uint8Array(edges.length)
  const stack: number[] = []
  const path: number[] = []
  const found: number[][] = []
  let counter = 0

  const enter = (node: number): void => {
    order[node] = low[node] = counter++
    onStack[node] = 1
    stack.push(node)
    path.push(node)
  }
  const leave = (node: number): void => {
    path.pop()
    const parent = path.at(-1)
    if (parent !== undefined) low[parent] = Math.min(at(low, parent), at(low, node))
    if (low[node] !== order[node]) return
    const members = stack.splice(stack.lastIndexOf(node))
    for (const member of members) onStack[member] = 0
    if (members.length > 1) found.push(members.sort((a, b) => a - b))
  }

  for (let root = 0; root < edges.length; root++) {
    if (order[root] !== -1) continue
    enter(root)
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const target = edges[node]?.[at(nextEdge, node)]
      if (target === undefined) {
        leave(node)
        continue
      }
      nextEdge[node] = at(nextEdge, node) + 1
      if (order[target] === -1) enter(target)
      else if (onStack[target] === 1) low[node] = Math.min(at(low, node), at(order, target))
    }
  }
  return found.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? -1
}
