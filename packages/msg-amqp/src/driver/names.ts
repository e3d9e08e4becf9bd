import type { AmqpTopology } from './config/topology.ts'

/** The logical names of a topology, and how the broker calls them. The default exchange is '' on both sides. */
export interface Names {
  readonly exchanges: readonly string[]
  readonly queues: readonly string[]
  hasExchange(logical: string): boolean
  physicalExchange(logical: string): string
  logicalExchange(physical: string): string
  physicalQueue(logical: string): string
  logicalQueue(physical: string): string
  /** A text of the broker with its names made logical. */
  readonly logicalText: (text: string) => string
}

/** Names that are not in the topology stay as they are in both directions. */
export function namesOf(topology: AmqpTopology, physical: (name: string) => string): Names {
  const exchanges = topology.exchanges.map(({ name }) => name)
  const queues = topology.queues.map(({ name }) => name)
  const toExchange = new Map(exchanges.map((name) => [name, physical(name)]))
  const fromExchange = new Map([...toExchange].map(([logical, real]) => [real, logical]))
  const toQueue = new Map(queues.map((name) => [name, physical(name)]))
  const fromQueue = new Map([...toQueue].map(([logical, real]) => [real, logical]))
  return {
    exchanges,
    queues,
    hasExchange: (logical) => logical === '' || toExchange.has(logical),
    physicalExchange: (logical) => toExchange.get(logical) ?? logical,
    logicalExchange: (real) => fromExchange.get(real) ?? real,
    physicalQueue: (logical) => toQueue.get(logical) ?? logical,
    logicalQueue: (real) => fromQueue.get(real) ?? real,
    logicalText: (text) =>
      text.replace(/'([^']*)'/g, (quoted, real: string) => {
        const logical = fromExchange.get(real) ?? fromQueue.get(real)
        return logical === undefined ? quoted : `'${logical}'`
      }),
  }
}
