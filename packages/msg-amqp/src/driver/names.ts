import { isBuiltInExchange } from '@x07-lab/msg-core/format'
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
  /** The broker has made up a name for a queue, in the place of the one before. */
  nameQueue(logical: string, physical: string): void
  /** A text of the broker with its names made logical. */
  readonly logicalText: (text: string) => string
}

/** Names that are not in the topology stay as they are in both directions, as do those of others' queues and exchanges, and of the
 * broker's own exchanges. */
export function namesOf(topology: AmqpTopology, physical: (name: string) => string): Names {
  const { exchanges = [], queues = [] } = topology
  const named = (list: readonly { readonly name: string; readonly passive?: boolean }[]): [string, string][] =>
    list.map(({ name, passive = false }) => [name, passive || isBuiltInExchange(name) ? name : physical(name)])
  const toExchange = new Map(named(exchanges))
  const fromExchange = new Map([...toExchange].map(([logical, real]) => [real, logical]))
  const toQueue = new Map(named(queues))
  const fromQueue = new Map([...toQueue].map(([logical, real]) => [real, logical]))
  return {
    exchanges: exchanges.map(({ name }) => name),
    queues: queues.map(({ name }) => name),
    hasExchange: (logical) => logical === '' || toExchange.has(logical),
    physicalExchange: (logical) => toExchange.get(logical) ?? logical,
    logicalExchange: (real) => fromExchange.get(real) ?? real,
    physicalQueue: (logical) => toQueue.get(logical) ?? logical,
    logicalQueue: (real) => fromQueue.get(real) ?? real,
    nameQueue(logical, real) {
      fromQueue.delete(toQueue.get(logical) ?? logical)
      toQueue.set(logical, real)
      fromQueue.set(real, logical)
    },
    logicalText: (text) =>
      text.replace(/'([^']*)'/g, (quoted, real: string) => {
        const logical = fromExchange.get(real) ?? fromQueue.get(real)
        return logical === undefined ? quoted : `'${logical}'`
      }),
  }
}
