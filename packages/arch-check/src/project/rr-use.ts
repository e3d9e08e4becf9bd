import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import type { World } from '../x07/manifest/types.ts'
import { enforced, findingAt, type OwnRuleInput } from './input.ts'

/** The operations a driver records. */
const OPS = {
  kafka: ['std.msg.kafka.publish_env_v1', 'std.msg.kafka.poll_env_v1'],
  amqp: ['std.msg.amqp.publish_env_v1', 'std.msg.amqp.consume_env_v1'],
} as const

const WORLDS: readonly { what: string; worlds: readonly World[] }[] = [
  { what: 'recording', worlds: ['run-os', 'run-os-sandboxed'] },
  { what: 'replaying', worlds: ['solve-rr', 'solve-full'] },
]

/** Messaging contracts whose record/replay policy lacks what recording or replaying them needs. */
export function checkRrUse({ model, manifest }: OwnRuleInput): Finding[] {
  const { kafka, amqp, rr } = model
  if (rr === undefined) return []
  const check = (
    document: Document,
    list: string,
    ids: readonly { id: string; rr_policy_id: string }[],
    ops: readonly string[],
  ): Finding[] => {
    const found: Finding[] = []
    ids.forEach((ref, at) => {
      const policy = rr.byId.get(ref.rr_policy_id)
      if (policy === undefined) return
      const pointer = `/${list}/${at}/rr_policy_id`
      const missing = ops.filter((op) => !policy.ops_allowed.includes(op))
      if (missing.length > 0) {
        const message = `the policy ${policy.id} does not allow ${missing.join(', ')}, which ${ref.id} records`
        found.push(
          findingAt('E_ARCH_MSG_OP_NOT_ALLOWED', document, pointer, message, {
            data: { id: ref.id, policy_id: policy.id, ops: missing },
          }),
        )
      }
      for (const { what, worlds } of WORLDS) {
        if (worlds.some((world) => policy.worlds_allowed.includes(world))) continue
        const message = `the policy ${policy.id} allows no world for ${what}: ${worlds.join(' or ')}`
        found.push(
          findingAt('E_ARCH_MSG_WORLD_NOT_ALLOWED', document, pointer, message, {
            data: { id: ref.id, policy_id: policy.id },
          }),
        )
      }
    })
    return found
  }
  return [
    ...(kafka === undefined
      ? []
      : enforced(
          manifest.contracts_v1?.msg_kafka?.enforce,
          check(kafka.document, 'profiles', kafka.index.profiles, OPS.kafka),
        )),
    ...(amqp === undefined
      ? []
      : enforced(
          manifest.contracts_v1?.msg_amqp?.enforce,
          check(amqp.document, 'profiles', amqp.index.profiles, OPS.amqp),
        )),
  ]
}
