import { type Document, positionIn } from '../document/document.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { type ContractContext, type FileCodes, loadContract, validateContract, versionFinding } from './context.ts'
import type { BudgetProfileRef, BudgetsModel } from './model.ts'
import { checkFolders } from './rr.ts'
import { hasVersion, isModel, typedValue } from './typed.ts'

// X07 names the index in the plural and the profile in the singular.
const codesOf = (part: 'BUDGETS_INDEX' | 'BUDGET_PROFILE'): FileCodes => ({
  read: `E_ARCH_${part}_READ`,
  parse: `E_ARCH_${part}_JSON_PARSE`,
  version: `E_ARCH_${part}_SCHEMA_VERSION`,
  invalid: `E_ARCH_${part}_SCHEMA_INVALID`,
})
const INDEX_CODES = codesOf('BUDGETS_INDEX')
const PROFILE_CODES = codesOf('BUDGET_PROFILE')

/** Checks the budgets index and every profile it names. */
export function checkBudgets(
  context: ContractContext,
  group: NonNullable<ContractsV1['budgets']>,
  manifest: Document,
): BudgetsModel | undefined {
  const genDir = () => positionIn(manifest, '/contracts_v1/budgets/gen_dir')
  checkFolders(context, group.gen_dir, genDir, 'BUDGETS', 'arch/budgets')
  const referrer = () => positionIn(manifest, '/contracts_v1/budgets/index_path')
  const document = loadContract(context, group.index_path, INDEX_CODES, 'error', referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'budgets-index', INDEX_CODES, 'error')
  context.lock.indexes.set(document.file, document.hash())
  const defaulted = ['/profiles', '/profiles/*/selectors', '/profiles/*/worlds_allowed']
  const value: unknown = typedValue(context, document, 'budgets-index', violations, defaulted)
  if (!isModel<WrittenIndex>(value, value !== undefined)) return undefined
  if (!hasVersion(value, 'budgets-index')) context.emit(versionFinding(document, 'budgets-index', INDEX_CODES.version))

  const refs = withDefaults(value)
  const profiles = refs.map((ref, at) => {
    const place = () => positionIn(document, `/profiles/${at}/profile_path`)
    const profile = loadContract(context, ref.profile_path, PROFILE_CODES, 'error', place)
    if (profile === undefined) return undefined
    validateContract(context, profile, 'budget-profile', PROFILE_CODES, 'error')
    context.lock.files.set(profile.file, profile.hash())
    return profile
  })
  return { document, index: { profiles: refs }, ids: new Set(refs.map((ref) => ref.id)), profiles }
}

/** An index as files have it: two lists of a profile may be left out. */
interface WrittenIndex {
  schema_version?: string
  profiles?: (Partial<BudgetProfileRef> & Pick<BudgetProfileRef, 'id' | 'profile_path' | 'enforce'>)[]
}

function withDefaults(index: WrittenIndex): BudgetProfileRef[] {
  return (index.profiles ?? []).map((profile) => ({ selectors: [], worlds_allowed: [], ...profile }))
}
