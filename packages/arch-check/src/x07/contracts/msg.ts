import { type Document, positionIn } from '../document/document.ts'
import type { EnforcedGroup } from '../manifest/types.ts'
import { type ContractContext, loadContract, oneCode, validateContract } from './context.ts'
import type { ContractModel, MsgIndex } from './model.ts'
import { checkRrPolicyId, type KnownIds } from './references.ts'
import { isModel, plainIntegers, typedValue } from './typed.ts'

const CODES = oneCode('E_ARCH_MSG_INDEX_MISSING')
const U32_MAX = 2n ** 32n - 1n

/** Checks the topic catalogue. */
export function checkMsg(
  context: ContractContext,
  group: EnforcedGroup,
  known: KnownIds,
  manifest: Document,
): ContractModel['msg'] {
  const referrer = () => positionIn(manifest, '/contracts_v1/msg/index_path')
  const document = loadContract(context, group.index_path, CODES, group.enforce, referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'msg-index', CODES, group.enforce)
  context.lock.indexes.set(document.file, document.hash())
  const index: unknown = typedValue(context, document, 'msg-index', violations)
  if (!isModel<MsgIndex>(index, index !== undefined)) return undefined
  const limits = index.topics.map((_topic, at) => `/topics/${at}/max_value_bytes`)
  if (!plainIntegers(document, limits, U32_MAX)) return undefined
  checkRrPolicyId(context, known, document, '/rr_policy_id', index.rr_policy_id)
  return { document, index }
}
