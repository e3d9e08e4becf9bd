import { type Document, positionIn } from '../document/document.ts'
import type { EnforcedGroup } from '../manifest/types.ts'
import { type ContractContext, loadContract, oneCode, validateContract } from './context.ts'
import type { ContractModel, KafkaIndex } from './model.ts'
import { checkBudgetProfileId, checkRrPolicyId, type KnownIds } from './references.ts'
import { isModel, typedValue } from './typed.ts'

const INDEX_CODES = oneCode('E_ARCH_MSG_KAFKA_INDEX_MISSING')
const PROFILE_CODES = oneCode('E_ARCH_MSG_KAFKA_PROFILE_INVALID')

/** Checks the Kafka index and every profile it names. */
export function checkMsgKafka(
  context: ContractContext,
  group: EnforcedGroup,
  known: KnownIds,
  manifest: Document,
): ContractModel['kafka'] {
  const { enforce } = group
  const referrer = () => positionIn(manifest, '/contracts_v1/msg_kafka/index_path')
  const document = loadContract(context, group.index_path, INDEX_CODES, enforce, referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'msg-kafka-index', INDEX_CODES, enforce)
  context.lock.indexes.set(document.file, document.hash())
  const index: unknown = typedValue(context, document, 'msg-kafka-index', violations)
  if (!isModel<KafkaIndex>(index, index !== undefined)) return undefined
  const profiles = index.profiles.map((ref, at) => {
    const pointer = `/profiles/${at}`
    const owner = { profile_id: ref.id }
    checkRrPolicyId(context, known, document, `${pointer}/rr_policy_id`, ref.rr_policy_id, owner)
    const budget = { code: 'E_ARCH_MSG_KAFKA_BUDGET_MISSING', enforce }
    checkBudgetProfileId(context, known, budget, document, `${pointer}/budget_profile_id`, ref.budget_profile_id, owner)
    const place = () => positionIn(document, `${pointer}/profile_path`)
    const profile = loadContract(context, ref.profile_path, PROFILE_CODES, enforce, place)
    if (profile === undefined) return undefined
    validateContract(context, profile, 'msg-kafka-profile', PROFILE_CODES, enforce)
    context.lock.files.set(profile.file, profile.hash())
    return profile
  })
  return { document, index, profiles }
}
