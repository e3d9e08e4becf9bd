import { type Document, positionIn } from '../document/document.ts'
import type { EnforcedGroup } from '../manifest/types.ts'
import type { SchemaName } from '../schema/names.ts'
import { type ContractContext, loadContract, oneCode, validateContract } from './context.ts'
import type { AmqpModel } from './model.ts'
import { checkBudgetProfileId, checkRrPolicyId, type KnownIds } from './references.ts'
import { isModel, typedValue } from './typed.ts'

const INDEX_CODES = oneCode('E_ARCH_MSG_AMQP_INDEX_MISSING')

const KINDS = [
  { list: 'profiles', kind: 'profile', schema: 'msg-amqp-profile', codes: oneCode('E_ARCH_MSG_AMQP_PROFILE_INVALID') },
  {
    list: 'topologies',
    kind: 'topology',
    schema: 'msg-amqp-topology',
    codes: oneCode('E_ARCH_MSG_AMQP_TOPOLOGY_INVALID'),
  },
] as const satisfies { list: string; kind: string; schema: SchemaName; codes: unknown }[]

/** Checks the AMQP index, then the ids of all its entries, then every profile, then every topology. */
export function checkMsgAmqp(
  context: ContractContext,
  group: EnforcedGroup,
  known: KnownIds,
  manifest: Document,
): AmqpModel | undefined {
  const { enforce } = group
  const referrer = () => positionIn(manifest, '/contracts_v1/msg_amqp/index_path')
  const document = loadContract(context, group.index_path, INDEX_CODES, enforce, referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'msg-amqp-index', INDEX_CODES, enforce)
  context.lock.indexes.set(document.file, document.hash())
  const index: unknown = typedValue(context, document, 'msg-amqp-index', violations)
  if (!isModel<AmqpModel['index']>(index, index !== undefined)) return undefined
  for (const { list, kind } of KINDS) {
    index[list].forEach((ref, at) => {
      const pointer = `/${list}/${at}`
      const owner = { kind, id: ref.id }
      checkRrPolicyId(context, known, document, `${pointer}/rr_policy_id`, ref.rr_policy_id, owner)
      const budget = { code: 'E_ARCH_MSG_AMQP_BUDGET_MISSING', enforce }
      checkBudgetProfileId(
        context,
        known,
        budget,
        document,
        `${pointer}/budget_profile_id`,
        ref.budget_profile_id,
        owner,
      )
    })
  }
  const [profiles = [], topologies = []] = KINDS.map(({ list, schema, codes }) =>
    index[list].map((ref, at) => {
      const file = loadContract(context, ref.path, codes, enforce, () => positionIn(document, `/${list}/${at}/path`))
      if (file === undefined) return undefined
      validateContract(context, file, schema, codes, enforce)
      context.lock.files.set(file.file, file.hash())
      return file
    }),
  )
  return { document, index, profiles, topologies }
}
