import { isBuiltInExchange } from '@x07-lab/msg-core/format'
import type { Finding } from '../finding.ts'
import type { TopologyFile } from './contract-values.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

/** Bindings between things that are not declared, and names the broker keeps for itself. */
export function checkTopologies({ model, context, manifest }: OwnRuleInput): Finding[] {
  const findings = (model.amqp?.topologies ?? []).flatMap((document) => {
    const topology = accepted<TopologyFile>(context, document)
    if (document === undefined || topology === undefined) return []
    const exchanges = new Set(topology.exchanges.map(({ name }) => name))
    const queues = new Set(topology.queues.map(({ name }) => name))
    const reserved = (list: 'exchanges' | 'queues'): Finding[] =>
      topology[list].flatMap(({ name }, at) => {
        if (!name.startsWith('amq.') || (list === 'exchanges' && isBuiltInExchange(name))) return []
        const message = `${name} starts with amq., which the broker keeps for its own; it would refuse the declaration`
        return [
          findingAt('E_ARCH_MSG_AMQP_NAME_RESERVED', document, `/${list}/${at}/name`, message, { data: { name } }),
        ]
      })
    const undeclared = topology.bindings.flatMap(({ exchange, queue }, at) => {
      const found: Finding[] = []
      if (!exchanges.has(exchange) && !isBuiltInExchange(exchange)) {
        const message = `the binding names the exchange ${exchange}, which is not declared`
        found.push(
          findingAt('E_ARCH_MSG_AMQP_BINDING_EXCHANGE_UNDECLARED', document, `/bindings/${at}/exchange`, message, {
            data: { exchange },
          }),
        )
      }
      if (!queues.has(queue)) {
        const message = `the binding names the queue ${queue}, which is not declared`
        found.push(
          findingAt('E_ARCH_MSG_AMQP_BINDING_QUEUE_UNDECLARED', document, `/bindings/${at}/queue`, message, {
            data: { queue },
          }),
        )
      }
      return found
    })
    return [...reserved('exchanges'), ...reserved('queues'), ...undeclared]
  })
  return enforced(manifest.contracts_v1?.msg_amqp?.enforce, findings)
}
