import type { Wire } from '../../port/index.ts'

/** How a wire is named in cassette entries: X07's operation ids and the record's driver kind. */
export interface WireNames {
  readonly wire: Wire
  readonly publishOp: string
  readonly deliverOp: string
  readonly driverKind: 1 | 2
}

/** Entry `kind` of everything a messaging driver records. */
export const messagingKind = 'rr'

export const wires: Readonly<Record<Wire, WireNames>> = {
  kafka: {
    wire: 'kafka',
    publishOp: 'std.msg.kafka.publish_env_v1',
    deliverOp: 'std.msg.kafka.poll_env_v1',
    driverKind: 1,
  },
  amqp: {
    wire: 'amqp',
    publishOp: 'std.msg.amqp.publish_env_v1',
    deliverOp: 'std.msg.amqp.consume_env_v1',
    driverKind: 2,
  },
}

/** The endpoint of a lane key `endpoint`, `endpoint#connection/channel` or `endpoint/name`. */
export function endpointOf(laneKey: string): string {
  const end = laneKey.search(/[#/]/)
  return end < 0 ? laneKey : laneKey.slice(0, end)
}
