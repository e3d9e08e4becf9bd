import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { RegistryFile, TopologyFile } from './contract-values.ts'
import { firstRepeated } from '../order.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

/** Names that occur twice where each should be there once: a lookup by name would take one of them and lose the other. */
export function checkDuplicates({ model, context, manifest }: OwnRuleInput): Finding[] {
  const groups = manifest.contracts_v1
  const { rr, budgets, msg, kafka, amqp, obs } = model
  const registry = accepted<RegistryFile>(context, obs?.registry)
  return [
    ...repeated('E_ARCH_RR_POLICY_DUPLICATE', rr?.document, '/policies', rr?.index.policies, ({ id }) => id, 'id'),
    ...checkPolicyLists(rr),
    ...repeated(
      'E_ARCH_BUDGET_PROFILE_DUPLICATE',
      budgets?.document,
      '/profiles',
      budgets?.index.profiles,
      ({ id }) => id,
      'id',
    ),
    ...enforced(
      groups?.msg?.enforce,
      repeated('E_ARCH_MSG_TOPIC_DUPLICATE', msg?.document, '/topics', msg?.index.topics, ({ id }) => id, 'id'),
    ),
    ...enforced(
      groups?.msg_kafka?.enforce,
      repeated(
        'E_ARCH_MSG_KAFKA_PROFILE_DUPLICATE',
        kafka?.document,
        '/profiles',
        kafka?.index.profiles,
        ({ id }) => id,
        'id',
      ),
    ),
    ...enforced(groups?.msg_amqp?.enforce, [
      ...repeated(
        'E_ARCH_MSG_AMQP_PROFILE_DUPLICATE',
        amqp?.document,
        '/profiles',
        amqp?.index.profiles,
        ({ id }) => id,
        'id',
      ),
      ...repeated(
        'E_ARCH_MSG_AMQP_TOPOLOGY_DUPLICATE',
        amqp?.document,
        '/topologies',
        amqp?.index.topologies,
        ({ id }) => id,
        'id',
      ),
      ...(amqp?.topologies ?? []).flatMap((document) =>
        checkTopology(document, accepted<TopologyFile>(context, document)),
      ),
    ]),
    ...enforced(groups?.obs?.enforce, [
      ...repeated(
        'E_ARCH_OBS_EXPORTER_DUPLICATE',
        obs?.document,
        '/exporters',
        obs?.index.exporters,
        ({ id }) => id,
        'id',
      ),
      ...repeated('E_ARCH_OBS_METRIC_DUPLICATE', obs?.registry, '/metrics', registry?.metrics, ({ id }) => id, 'id'),
    ]),
  ]
}

function checkTopology(document: Document | undefined, topology: TopologyFile | undefined): Finding[] {
  return [
    ...repeated(
      'E_ARCH_MSG_AMQP_EXCHANGE_DUPLICATE',
      document,
      '/exchanges',
      topology?.exchanges,
      ({ name }) => name,
      'name',
    ),
    ...repeated('E_ARCH_MSG_AMQP_QUEUE_DUPLICATE', document, '/queues', topology?.queues, ({ name }) => name, 'name'),
    ...repeated(
      'E_ARCH_MSG_AMQP_BINDING_DUPLICATE',
      document,
      '/bindings',
      topology?.bindings,
      ({ exchange, queue, routing_key: key }) => JSON.stringify([exchange, queue, key]),
      'queue',
    ),
  ]
}

/** Lists of a policy are sorted, not unique, by X07's rules; a value there twice is at best a slip. */
function checkPolicyLists(rr: OwnRuleInput['model']['rr']): Finding[] {
  const findings: Finding[] = []
  const policies = rr?.index.policies ?? []
  for (let at = 0; at < policies.length; at += 1) {
    for (const list of POLICY_LISTS) {
      const values = policies[at]?.[list] ?? []
      if (firstRepeated(values) === -1) continue
      const pointer = `/policies/${at}/${list}`
      const found = repeated<string>('W_ARCH_RR_LIST_DUPLICATE', rr?.document, pointer, values, (value) => value)
      findings.push(...found.map((finding) => ({ ...finding, severity: 'warning' as const })))
    }
  }
  return findings
}

const POLICY_LISTS = ['worlds_allowed', 'kinds_allowed', 'ops_allowed'] as const

function areUnique<Item>(items: readonly Item[], key: (item: Item) => string): boolean {
  const keys = items.map(key)
  // An index is mostly sorted; a set of thousands of keys takes longer than to look at each next one.
  if (keys.every((name, at) => at === 0 || (keys[at - 1] ?? '') < name)) return true
  return new Set(keys).size === keys.length
}

/** One finding for each element whose key an earlier one has; `member` is where in the element the key stands. */
function repeated<Item>(
  code: string,
  document: Document | undefined,
  pointer: string,
  items: readonly Item[] | undefined,
  key: (item: Item) => string,
  member?: string,
): Finding[] {
  if (document === undefined || items === undefined || areUnique(items, key)) return []
  const findings: Finding[] = []
  const seen = new Map<string, number>()
  for (const [at, item] of items.entries()) {
    const name = key(item)
    const earlier = seen.get(name)
    if (earlier === undefined) {
      seen.set(name, at)
      continue
    }
    const place = `${pointer}/${at}${member === undefined ? '' : `/${member}`}`
    const message = `${name} occurs twice, first at ${pointer}/${earlier}; keep one`
    findings.push(findingAt(code, document, place, message, { data: { name } }))
  }
  return findings
}
