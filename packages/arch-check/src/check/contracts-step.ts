import type { ContractContext } from '../x07/contracts/context.ts'
import { checkContracts } from '../x07/contracts/index.ts'
import type { BudgetsModel, ContractModel, RrModel } from '../x07/contracts/model.ts'
import { unsupportedNotice } from '../x07/contracts/other-groups.ts'
import { positionIn } from '../x07/document/document.ts'
import { type AssignedModule, scanBudgets, type ScanResult, scanRr } from '../x07/graph/index.ts'
import { checkContractsLock } from '../x07/lock/contracts-lock.ts'
import type { Manifest } from '../x07/manifest/types.ts'
import type { Opened } from './open-manifest.ts'
import type { Pass } from './pass-state.ts'
import type { FindingSink } from './sink.ts'

/** Contract budgets of a manifest that sets none. */
const DEFAULT_BUDGETS = { max_contract_files: 2000, max_contract_bytes: 67_108_864 }

/** Contracts of fewer bytes share the memory they are read into. */
const ROOM_BYTES = 262_144

/** What the contract groups work with in this pass. */
export function openContext(pass: Pass, manifest: Manifest, sink: FindingSink): ContractContext {
  const { max_contract_files: maxFiles, max_contract_bytes: maxBytes } =
    manifest.tool_budgets.contracts_budgets ?? DEFAULT_BUDGETS
  return {
    root: pass.root,
    rules: pass.rules,
    schemas: pass.schemas,
    budgets: { maxFiles, maxBytes },
    room: Buffer.allocUnsafe(ROOM_BYTES),
    emit: (finding) => sink.emit(finding),
    exceed: (finding) => sink.exceed(finding),
    isFull: () => sink.isFull(),
    patches: pass.patches,
    lock: { indexes: new Map(), files: new Map() },
    exceeded: false,
    filesRead: 0,
    bytesRead: 0,
    unread: new Set(),
    documents: pass.documents,
  }
}

/** Checks the contracts, holds code to them, and compares them with their lock. */
export function checkContractsStep(
  pass: Pass,
  opened: Opened,
  context: ContractContext,
  modules: readonly AssignedModule[],
): ContractModel {
  const { manifest, document } = opened
  const { rules } = pass
  const contracts = manifest.contracts_v1
  if (contracts === undefined) return {}
  const take = ({ findings, patches }: ScanResult): void => {
    for (const finding of findings) context.emit(finding)
    pass.patches.push(...patches)
  }
  const scans = {
    rr: ({ index }: RrModel): void => {
      if (contracts.rr === undefined) return
      const requirePolicyForOsCalls = contracts.rr.require_policy_for_os_calls
      take(
        scanRr(modules, {
          policies: index.policies,
          requirePolicyForOsCalls,
          rules,
          at: () => positionIn(document, '/contracts_v1/rr/require_policy_for_os_calls'),
        }),
      )
    },
    budgets: ({ index }: BudgetsModel): void => {
      if (contracts.budgets === undefined) return
      take(
        scanBudgets(modules, {
          profiles: index.profiles,
          requireScopes: contracts.budgets.require_scopes,
          rules,
          at: () => positionIn(document, '/contracts_v1/budgets/require_scopes'),
        }),
      )
    },
  }
  const model = checkContracts(context, contracts, document, scans)
  if (!pass.writeLock) checkContractsLock(context, pass.options.frozen ?? false)
  const notice = rules === 'all' ? unsupportedNotice(contracts, document) : undefined
  if (notice !== undefined) context.emit(notice)
  return model
}
