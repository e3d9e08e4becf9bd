import type { Document } from '../document/document.ts'
import type { Finding } from '../finding.ts'
import type { AmqpProfileFile, KafkaProfileFile, RrPolicyFile } from './contract-values.ts'
import { accepted, findingAt, type OwnRuleInput } from './input.ts'

const U32_MAX = 4_294_967_295

interface Limit {
  name: string
  value: number
}

/**
 * The chain of limits a message passes: topic, broker profile, record/replay policy, cassette. Where a later one is
 * smaller, messages the earlier one lets through cannot be sent or recorded.
 */
export function checkSizes(input: OwnRuleInput): Finding[] {
  const { model, context } = input
  const findings: Finding[] = []
  const policyOf = (id: string): { document: Document; policy: RrPolicyFile } | undefined => {
    const at = model.rr?.index.policies.findLastIndex((policy) => policy.id === id) ?? -1
    const document = model.rr?.files[at]?.policy
    const policy = accepted<RrPolicyFile>(context, document)
    return document === undefined || policy === undefined ? undefined : { document, policy }
  }
  const topics = model.msg?.index.topics ?? []
  const checkTopics = (limit: Limit): void => {
    topics.forEach((topic, at) => {
      if (model.msg === undefined || topic.max_value_bytes <= limit.value) return
      findings.push(
        tooLarge(
          model.msg.document,
          `/topics/${at}/max_value_bytes`,
          { name: `max_value_bytes of topic ${topic.id}`, value: topic.max_value_bytes },
          limit,
        ),
      )
    })
  }
  const checkProfile = (document: Document, pointer: string, limit: Limit, rrPolicyId: string): void => {
    checkTopics({ ...limit, name: `${limit.name} of ${document.file}` })
    const found = policyOf(rrPolicyId)
    if (found === undefined) return
    for (const key of ['max_req_bytes', 'max_resp_bytes'] as const) {
      const larger = { name: `${key} of ${found.document.file}`, value: found.policy.budgets[key] }
      if (limit.value > larger.value) findings.push(tooLarge(document, pointer, limit, larger))
    }
  }
  model.kafka?.index.profiles.forEach((ref, at) => {
    const document = model.kafka?.profiles[at]
    const profile = accepted<KafkaProfileFile>(context, document)
    if (document === undefined || profile === undefined) return
    const limit = { name: 'max_message_bytes', value: profile.limits.max_message_bytes }
    checkProfile(document, '/limits/max_message_bytes', limit, ref.rr_policy_id)
  })
  model.amqp?.index.profiles.forEach((ref, at) => {
    const document = model.amqp?.profiles[at]
    const profile = accepted<AmqpProfileFile>(context, document)
    if (document === undefined || profile === undefined) return
    const limit = { name: 'max_body_bytes', value: profile.limits.max_body_bytes }
    checkProfile(document, '/limits/max_body_bytes', limit, ref.rr_policy_id)
  })
  for (const { policy: document } of model.rr?.files ?? [])
    findings.push(...checkPolicy(document, accepted<RrPolicyFile>(context, document)))
  return findings
}

function checkPolicy(document: Document | undefined, policy: RrPolicyFile | undefined): Finding[] {
  if (document === undefined || policy === undefined) return []
  const { budgets } = policy
  const findings: Finding[] = []
  for (const key of ['max_entries', 'max_req_bytes', 'max_resp_bytes', 'max_key_bytes'] as const) {
    if (budgets[key] <= U32_MAX) continue
    const message = `${key} ${budgets[key]} does not fit 32 bits, so X07's compiler refuses the policy`
    findings.push(findingAt('E_ARCH_RR_BUDGET_RANGE', document, `/budgets/${key}`, message, { data: { budget: key } }))
  }
  for (const key of ['max_req_bytes', 'max_resp_bytes'] as const) {
    const larger = { name: 'max_cassette_bytes', value: budgets.max_cassette_bytes }
    if (budgets[key] > larger.value)
      findings.push(tooLarge(document, `/budgets/${key}`, { name: key, value: budgets[key] }, larger))
  }
  return findings
}

function tooLarge(document: Document, pointer: string, smaller: Limit, larger: Limit): Finding {
  const message = `${smaller.name} is ${smaller.value}, more than the ${larger.value} of ${larger.name}`
  return findingAt('E_ARCH_SIZE_CHAIN', document, pointer, message, {
    data: { limit: smaller.value, bound: larger.value },
  })
}
