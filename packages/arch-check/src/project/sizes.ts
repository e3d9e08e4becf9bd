import type { ContractContext } from '../x07/contracts/context.ts'
import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { AmqpProfileFile, KafkaProfileFile, RrPolicyFile } from './contract-values.ts'
import { accepted, enforced, findingAt, type OwnRuleInput } from './input.ts'

const U32_MAX = 4_294_967_295

/** The budgets of a policy that X07's compiler keeps in 32 bits. */
const U32_BUDGETS = ['max_entries', 'max_req_bytes', 'max_resp_bytes', 'max_key_bytes'] as const

/** The budgets of a policy that bound a message. */
const MESSAGE_BUDGETS = ['max_req_bytes', 'max_resp_bytes'] as const

interface Limit {
  name: string
  value: number
}

/**
 * The chain of limits a message passes: topic, broker profile, record/replay policy, cassette. Where a later one is
 * smaller, messages the earlier one lets through cannot be sent or recorded.
 */
export function checkSizes(input: OwnRuleInput): Finding[] {
  const { model, context, manifest } = input
  const { kafka, amqp, rr } = model
  const policies = policiesById(rr)
  const profile = (limit: ProfileLimit): Finding[] => checkProfile(context, limit, policies.get(limit.rrPolicyId))
  const groups = manifest.contracts_v1
  const kafkaLimits = (kafka?.index.profiles ?? []).flatMap((ref, at) => {
    const file = accepted<KafkaProfileFile>(context, kafka?.profiles[at])
    return limitOf(kafka?.profiles[at], 'max_message_bytes', file?.limits.max_message_bytes, ref.rr_policy_id)
  })
  const amqpLimits = (amqp?.index.profiles ?? []).flatMap((ref, at) => {
    const file = accepted<AmqpProfileFile>(context, amqp?.profiles[at])
    return limitOf(amqp?.profiles[at], 'max_body_bytes', file?.limits.max_body_bytes, ref.rr_policy_id)
  })
  return [
    ...enforced(groups?.msg?.enforce, checkTopics(model.msg, [...kafkaLimits, ...amqpLimits])),
    ...enforced(groups?.msg_kafka?.enforce, kafkaLimits.flatMap(profile)),
    ...enforced(groups?.msg_amqp?.enforce, amqpLimits.flatMap(profile)),
    ...(rr?.files ?? []).flatMap(({ policy }) => checkPolicy(policy, accepted<RrPolicyFile>(context, policy))),
  ]
}

/** A limit a broker profile sets, and the policy its messages are recorded under. */
interface ProfileLimit extends Limit {
  document: Document
  rrPolicyId: string
}

function limitOf(
  document: Document | undefined,
  name: string,
  value: number | undefined,
  rrPolicyId: string,
): ProfileLimit[] {
  return document === undefined || value === undefined ? [] : [{ name, value, document, rrPolicyId }]
}

/** A topic that fits the smallest profile fits all. */
function checkTopics(msg: OwnRuleInput['model']['msg'], limits: readonly ProfileLimit[]): Finding[] {
  const [first, ...rest] = limits
  if (msg === undefined || first === undefined) return []
  const smallest = rest.reduce((least, limit) => (limit.value < least.value ? limit : least), first)
  const bound = { name: `${smallest.name} of ${smallest.document.file}`, value: smallest.value }
  return msg.index.topics.flatMap((topic, at) => {
    if (topic.max_value_bytes <= bound.value) return []
    const limit = { name: `max_value_bytes of topic ${topic.id}`, value: topic.max_value_bytes }
    return [tooLarge(msg.document, `/topics/${at}/max_value_bytes`, limit, bound)]
  })
}

/** The file of each policy; of several entries with one id, the last counts. */
function policiesById(rr: OwnRuleInput['model']['rr']): ReadonlyMap<string, Document | undefined> {
  return new Map(rr?.index.policies.map(({ id }, at) => [id, rr.files[at]?.policy]))
}

function checkProfile(context: ContractContext, limit: ProfileLimit, document: Document | undefined): Finding[] {
  const policy = accepted<RrPolicyFile>(context, document)
  if (document === undefined || policy === undefined) return []
  const findings: Finding[] = []
  for (const key of MESSAGE_BUDGETS) {
    const value = policy.budgets[key]
    if (limit.value <= value) continue
    const bound = { name: `${key} of ${document.file}`, value }
    findings.push(tooLarge(limit.document, `/limits/${limit.name}`, limit, bound))
  }
  return findings
}

function checkPolicy(document: Document | undefined, policy: RrPolicyFile | undefined): Finding[] {
  if (document === undefined || policy === undefined) return []
  const { budgets } = policy
  const findings: Finding[] = []
  for (const key of U32_BUDGETS) {
    if (budgets[key] <= U32_MAX) continue
    const message = `${key} ${budgets[key]} does not fit 32 bits, so X07's compiler refuses the policy`
    findings.push(findingAt('E_ARCH_RR_BUDGET_RANGE', document, `/budgets/${key}`, message, { data: { budget: key } }))
  }
  for (const key of MESSAGE_BUDGETS) {
    if (budgets[key] <= budgets.max_cassette_bytes) continue
    const larger = { name: 'max_cassette_bytes', value: budgets.max_cassette_bytes }
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
