import { topologyProblems } from '@x07-lab/msg-core/format'
import { escapePointerToken } from '@x07-lab/msg-core/json'
import { type Document, positionIn } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'

type Members<T> = readonly T[]

/** A `*.amqp-topology.json` that its schema accepts, as far as it is looked at here. */
interface AmqpTopology extends Pick<Parameters<typeof topologyProblems>[0], 'exchanges'> {
  readonly queues?: Members<{ readonly name: string; readonly server_named?: boolean; readonly passive?: boolean }>
  readonly bindings?: Members<{
    readonly exchange: string
    readonly queue?: string
    readonly to_exchange?: string
    readonly routing_key?: string
  }>
  readonly consumers?: Members<{ readonly queue: string; readonly no_ack?: boolean }>
}

/** What no schema says of an AMQP topology; `readAmqpTopology` and `openAmqp` of msg-amqp refuse the same, by the same rule. */
export function checkAmqpTopology(document: Document): readonly Finding[] {
  const { exchanges = [], queues = [], bindings = [], consumers = [] } = document.value as AmqpTopology
  const problems = topologyProblems({
    exchanges,
    queues: queues.map(({ server_named: serverNamed = false, ...queue }) => ({ ...queue, serverNamed })),
    bindings: bindings.map(({ to_exchange: toExchange, routing_key: routingKey, ...binding }) => ({
      ...binding,
      ...(toExchange !== undefined && { toExchange }),
      ...(routingKey !== undefined && { routingKey }),
    })),
    consumers: consumers.map(({ no_ack: noAck = false, ...consumer }) => ({ ...consumer, noAck })),
  })
  return [...problems].map(({ at, problem }) => {
    const pointer = at.map((step) => `/${escapePointerToken(String(step))}`).join('')
    return ownFinding('E_ARCH_VCR_AMQP_TOPOLOGY', `check ${document.file}: ${problem}`, positionIn(document, pointer))
  })
}
