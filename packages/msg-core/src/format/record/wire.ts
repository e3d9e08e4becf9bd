import type { Wire } from './types.ts'

/** How a wire is named in cassette entries: X07's operation ids and the record's driver kind. */
export interface WireNames {
  readonly wire: Wire
  readonly publishOp: string
  readonly deliverOp: string
  /** A delivery that the program never settled, or whose settling failed. X07 has no word for it and passes over it. */
  readonly unsettledOp: string
  /** An iteration over deliveries, from its begin to its end. */
  readonly iterateOp: string
  /** A call that makes the topology. */
  readonly topologyOp: string
  /** A call that begins or ends a transaction. */
  readonly transactionOp: string
  /** A settle of a delivery that had been settled: it does nothing, but the program made it. */
  readonly resettleOp: string
  /** The program did nothing for a while. */
  readonly pauseOp: string
  readonly driverKind: 1 | 2
}

/** Entry `kind` of everything a messaging driver records. */
export const messagingKind = 'rr'

export const wires: Readonly<Record<Wire, WireNames>> = {
  kafka: {
    wire: 'kafka',
    publishOp: 'std.msg.kafka.publish_env_v1',
    deliverOp: 'std.msg.kafka.poll_env_v1',
    unsettledOp: 'std.msg.kafka.unsettled_env_v1',
    iterateOp: 'std.msg.kafka.iterate_v1',
    topologyOp: 'std.msg.kafka.topology_v1',
    transactionOp: 'std.msg.kafka.transaction_v1',
    resettleOp: 'std.msg.kafka.resettle_v1',
    pauseOp: 'std.msg.kafka.pause_v1',
    driverKind: 1,
  },
  amqp: {
    wire: 'amqp',
    publishOp: 'std.msg.amqp.publish_env_v1',
    deliverOp: 'std.msg.amqp.consume_env_v1',
    unsettledOp: 'std.msg.amqp.unsettled_env_v1',
    iterateOp: 'std.msg.amqp.iterate_v1',
    topologyOp: 'std.msg.amqp.topology_v1',
    transactionOp: 'std.msg.amqp.transaction_v1',
    resettleOp: 'std.msg.amqp.resettle_v1',
    pauseOp: 'std.msg.amqp.pause_v1',
    driverKind: 2,
  },
}

/** The endpoint of a lane key `endpoint`, `endpoint#connection/channel` or `endpoint/name`. */
export function endpointOf(laneKey: string): string {
  const end = laneKey.search(/[#/]/)
  return end < 0 ? laneKey : laneKey.slice(0, end)
}

/** The lane key of a named driver. */
export function laneKey(endpoint: string, name: string): string {
  return `${endpoint}/${name}`
}
