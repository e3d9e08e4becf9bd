import type { Document } from '../x07/document/document.ts'
import { stringAt } from '../x07/contracts/rr.ts'
import type { Finding } from '../finding.ts'
import { enforced, findingAt, type OwnRuleInput } from './input.ts'

/** Ids and paths that say one thing here and another there. */
export function checkIds({ model, manifest, manifestDocument }: OwnRuleInput): Finding[] {
  const groups = manifest.contracts_v1
  const { budgets, kafka, amqp, obs } = model
  return [
    ...checkRrIndexPath(groups?.rr?.index_path, manifestDocument),
    ...mismatches('E_ARCH_BUDGET_PROFILE_ID_MISMATCH', budgets?.index.profiles, budgets?.profiles),
    ...checkBudgetPaths(budgets),
    ...enforced(
      groups?.msg_kafka?.enforce,
      mismatches('E_ARCH_MSG_KAFKA_PROFILE_ID_MISMATCH', kafka?.index.profiles, kafka?.profiles),
    ),
    ...enforced(groups?.msg_amqp?.enforce, [
      ...mismatches('E_ARCH_MSG_AMQP_PROFILE_ID_MISMATCH', amqp?.index.profiles, amqp?.profiles),
      ...mismatches('E_ARCH_MSG_AMQP_TOPOLOGY_ID_MISMATCH', amqp?.index.topologies, amqp?.topologies),
    ]),
    ...enforced(groups?.obs?.enforce, [
      ...mismatches('E_ARCH_OBS_EXPORTER_ID_MISMATCH', obs?.index.exporters, obs?.exporters),
      ...checkDefaultExporter(obs),
    ]),
  ]
}

function mismatches(
  code: string,
  refs: readonly { id: string }[] | undefined,
  documents: readonly (Document | undefined)[] | undefined,
): Finding[] {
  const findings: Finding[] = []
  refs?.forEach((ref, at) => {
    const document = documents?.[at]
    const id = document === undefined ? undefined : stringAt(document, 'id')
    if (document === undefined || id === undefined || id === ref.id) return
    const message = `its id is ${JSON.stringify(id)}, the index calls it ${JSON.stringify(ref.id)}`
    findings.push(findingAt(code, document, '/id', message, { data: { id, index_id: ref.id } }))
  })
  return findings
}

function checkDefaultExporter(obs: OwnRuleInput['model']['obs']): Finding[] {
  const id = obs?.index.defaults.default_exporter_id
  if (obs === undefined || id === undefined || obs.index.exporters.some((exporter) => exporter.id === id)) return []
  const known = obs.index.exporters.map((exporter) => exporter.id).join(', ') || 'none'
  return [
    findingAt(
      'E_ARCH_OBS_DEFAULT_EXPORTER_NOT_FOUND',
      obs.document,
      '/defaults/default_exporter_id',
      `no exporter is called ${JSON.stringify(id)}; the index has ${known}`,
      {
        data: { default_exporter_id: id },
      },
    ),
  ]
}

/** X07's compiler looks for the rr index and for budget profiles at fixed paths, whatever the contracts say. */
const RR_INDEX = 'arch/rr/index.x07rr.json'

function checkRrIndexPath(path: string | undefined, manifest: Document): Finding[] {
  if (path === undefined || path === RR_INDEX) return []
  const message = `the rr index is at ${path}, X07's compiler reads ${RR_INDEX} only`
  return [findingAt('W_ARCH_RR_INDEX_PATH', manifest, '/contracts_v1/rr/index_path', message, { severity: 'warning' })]
}

function checkBudgetPaths(budgets: OwnRuleInput['model']['budgets']): Finding[] {
  const findings: Finding[] = []
  budgets?.index.profiles.forEach((profile, at) => {
    const fixed = `arch/budgets/profiles/${profile.id}.budget.json`
    if (profile.profile_path === fixed) return
    const message = `profile ${profile.id} is at ${profile.profile_path}, X07's compiler reads ${fixed} only`
    const pointer = `/profiles/${at}/profile_path`
    findings.push(findingAt('W_ARCH_BUDGET_PROFILE_PATH', budgets.document, pointer, message, { severity: 'warning' }))
  })
  return findings
}
