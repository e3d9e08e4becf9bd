import type { Json } from '../envelope/index.ts'
import { meantArgument } from './argument-names.ts'
import { amqpArgumentForms, isAmqpArgument } from './arguments.ts'

/** What the rules look at of a topology, with the names that a program uses. */
interface Declared {
  readonly exchanges?: readonly Named[]
  readonly queues?: readonly (Named & { readonly serverNamed?: boolean; readonly passive?: boolean })[]
  readonly bindings?: readonly (WithArguments & {
    readonly exchange: string
    readonly queue?: string
    readonly toExchange?: string
    readonly routingKey?: string
  })[]
  readonly consumers?: readonly (WithArguments & { readonly queue: string; readonly noAck?: boolean })[]
}

interface WithArguments {
  readonly arguments?: Readonly<Record<string, Json>>
}

interface Named extends WithArguments {
  readonly name: string
}

/** Something that is wrong with a topology, and where: `{at: ['queues', 0, 'name'], problem: 'queues[0].name is …'}`. */
export interface TopologyProblem {
  /** The steps to the value, with the names of the contract form. */
  readonly at: readonly (string | number)[]
  readonly problem: string
}

/** The pseudo-queue of RabbitMQ's direct reply-to: its consumer is on the channel that publishes, and takes without acks. */
export const directReplyTo = 'amq.rabbitmq.reply-to'

/** Exchanges every RabbitMQ broker has without being asked (AMQP 0-9-1 section 3.1.3). */
const builtInExchanges = ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match', 'amq.rabbitmq.trace']

export function isBuiltInExchange(name: string): boolean {
  return builtInExchanges.includes(name)
}

/** AMQP 0-9-1 writes names and routing keys as short strings. */
const shortStringMaxBytes = 255

/**
 * What no schema says of a topology: names that the wire can carry and that are there once, arguments that RabbitMQ knows, bindings and
 * consumers of what is declared, combinations that RabbitMQ refuses. One rule for who opens a broker and for who checks contracts.
 */
export function* topologyProblems(topology: Declared): Generator<TopologyProblem> {
  const { exchanges = [], queues = [], bindings = [], consumers = [] } = topology
  yield* names('exchanges', exchanges)
  yield* names('queues', queues)
  yield* argumentsOf('exchanges', exchanges)
  yield* argumentsOf('queues', queues)
  yield* argumentsOf('bindings', bindings)
  yield* argumentsOf('consumers', consumers)
  const exchangeNames = new Set(exchanges.map(({ name }) => name))
  const queueNames = new Set(queues.map(({ name }) => name))
  for (const [at, { exchange, queue, toExchange, routingKey = '' }] of bindings.entries()) {
    const where = `bindings[${at}]`
    yield* tooLong(['bindings', at, 'routing_key'], `${where}.routing_key`, routingKey)
    if ((queue === undefined) === (toExchange === undefined)) {
      yield { at: ['bindings', at], problem: `${where} must have one of queue and to_exchange` }
    }
    for (const [member, name] of Object.entries({ exchange, to_exchange: toExchange })) {
      if (name === undefined || exchangeNames.has(name) || isBuiltInExchange(name)) continue
      yield { at: ['bindings', at, member], problem: undeclared(where, 'exchange', name) }
    }
    if (queue !== undefined && !queueNames.has(queue)) {
      yield { at: ['bindings', at, 'queue'], problem: undeclared(where, 'queue', queue) }
    }
  }
  for (const [at, { serverNamed = false, passive = false }] of queues.entries()) {
    if (!serverNamed || !passive) continue
    yield { at: ['queues', at], problem: `queues[${at}] is server_named and passive: a name to look for is missing` }
  }
  for (const [at, { queue, noAck = false }] of consumers.entries()) {
    const where = `consumers[${at}]`
    if (queue !== directReplyTo) {
      if (!queueNames.has(queue)) yield { at: ['consumers', at, 'queue'], problem: undeclared(where, 'queue', queue) }
    } else if (!noAck) {
      yield { at: ['consumers', at], problem: `${where} takes from ${directReplyTo} and must be no_ack` }
    }
  }
}

function undeclared(where: string, kind: 'exchange' | 'queue', name: string): string {
  return `${where} names ${kind} ${JSON.stringify(name)}, which is not declared in it`
}

function* names(list: 'exchanges' | 'queues', declared: readonly Named[]): Generator<TopologyProblem> {
  const seen = new Set<string>()
  for (const [at, { name }] of declared.entries()) {
    const where = `${list}[${at}].name`
    yield* tooLong([list, at, 'name'], where, name)
    if (seen.has(name))
      yield { at: [list, at, 'name'], problem: `${where} is ${JSON.stringify(name)}, which is there twice` }
    seen.add(name)
  }
}

function* tooLong(at: TopologyProblem['at'], where: string, text: string): Generator<TopologyProblem> {
  const bytes = Buffer.byteLength(text)
  if (bytes <= shortStringMaxBytes) return
  yield { at, problem: `${where} is ${bytes} bytes of UTF-8, AMQP carries at most ${shortStringMaxBytes}` }
}

function* argumentsOf(
  list: Parameters<typeof meantArgument>[0],
  items: readonly WithArguments[],
): Generator<TopologyProblem> {
  for (const [index, item] of items.entries()) {
    const given = item.arguments ?? {}
    for (const [name, value] of Object.entries(given)) {
      const [at, where] = [[list, index, 'arguments', name], `${list}[${index}].arguments.${name}`]
      const meant = meantArgument(list, name, Object.keys(given))
      if (meant !== undefined) {
        yield {
          at,
          problem: `${where} is not an argument that RabbitMQ knows, and it would pass over it; is it ${meant}?`,
        }
      }
      if (!isAmqpArgument(value)) {
        yield { at, problem: `${where} is not an argument of AMQP, expected ${amqpArgumentForms}` }
      }
    }
  }
}
