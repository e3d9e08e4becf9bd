import { type Document, positionIn } from '../document/document.ts'
import type { EnforcedGroup } from '../manifest/types.ts'
import { type ContractContext, loadContract, oneCode, validateContract } from './context.ts'
import type { ObsModel } from './model.ts'
import { checkBudgetProfileId, type KnownIds } from './references.ts'
import { isModel, typedValue } from './typed.ts'

const INDEX_CODES = oneCode('E_ARCH_OBS_INDEX_MISSING')
const REGISTRY_CODES = oneCode('E_ARCH_OBS_REGISTRY_MISSING')
const EXPORTER_CODES = oneCode('E_ARCH_OBS_EXPORTER_PROFILE_INVALID')

/** An index as files have it. */
type WrittenIndex = Partial<ObsModel['index']> & Pick<ObsModel['index'], 'metrics_registry_path'>

/** Checks the observability index, the metrics registry and every exporter. */
export function checkObs(
  context: ContractContext,
  group: EnforcedGroup,
  known: KnownIds,
  manifest: Document,
): ObsModel | undefined {
  const { enforce } = group
  const referrer = () => positionIn(manifest, '/contracts_v1/obs/index_path')
  const document = loadContract(context, group.index_path, INDEX_CODES, enforce, referrer)
  if (document === undefined) return undefined
  const { violations } = validateContract(context, document, 'obs-index', INDEX_CODES, enforce)
  context.lock.indexes.set(document.file, document.hash())
  const value: unknown = typedValue(context, document, 'obs-index', violations, ['/exporters'])
  if (!isModel<WrittenIndex>(value, value !== undefined)) return undefined

  const index = { exporters: [], defaults: {}, ...value }
  const registryPlace = () => positionIn(document, '/metrics_registry_path')
  const registry = loadContract(context, index.metrics_registry_path, REGISTRY_CODES, enforce, registryPlace)
  if (registry !== undefined) {
    validateContract(context, registry, 'obs-metrics-registry', REGISTRY_CODES, enforce)
    context.lock.files.set(registry.file, registry.hash())
  }
  const exporters = index.exporters.map((ref, at) => {
    const pointer = `/exporters/${at}`
    const budget = { code: 'E_ARCH_OBS_BUDGET_PROFILE_MISSING', enforce }
    const owner = { exporter_id: ref.id }
    checkBudgetProfileId(context, known, budget, document, `${pointer}/budget_profile_id`, ref.budget_profile_id, owner)
    const place = () => positionIn(document, `${pointer}/profile_path`)
    const exporter = loadContract(context, ref.profile_path, EXPORTER_CODES, enforce, place)
    if (exporter === undefined) return undefined
    validateContract(context, exporter, 'obs-exporter', EXPORTER_CODES, enforce)
    context.lock.files.set(exporter.file, exporter.hash())
    return exporter
  })
  return { document, index, registry, exporters }
}
