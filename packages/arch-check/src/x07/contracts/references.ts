import { type Document, positionIn } from '../document/document.ts'
import { x07Finding } from '../../findings.ts'
import type { Enforce } from '../manifest/types.ts'
import { type ContractContext, emitEnforced } from './context.ts'

/** The ids other groups may refer to; empty where the group is absent or unreadable. */
export interface KnownIds {
  rr: ReadonlyMap<string, unknown>
  budgets: ReadonlySet<string>
}

/** Reports a record/replay policy id that the rr index lacks. Always an error, whatever the group's `enforce`. */
export function checkRrPolicyId(
  context: ContractContext,
  known: KnownIds,
  document: Document,
  pointer: string,
  id: string,
  owner: Record<string, string> = {},
): void {
  if (known.rr.has(id)) return
  const message = `check ${document.file}: the rr index has no policy ${JSON.stringify(id)}`
  const at = positionIn(document, pointer)
  context.emit(
    x07Finding('E_ARCH_RR_POLICY_NOT_FOUND', 'lint', message, {
      file: document.file,
      at,
      data: { ...owner, rr_policy_id: id },
    }),
  )
}

/** Reports a budget profile id that the budgets index lacks. */
export function checkBudgetProfileId(
  context: ContractContext,
  known: KnownIds,
  group: { code: string; enforce: Enforce },
  document: Document,
  pointer: string,
  id: string,
  owner: Record<string, string>,
): void {
  if (known.budgets.has(id)) return
  const message = `check ${document.file}: the budgets index has no profile ${JSON.stringify(id)}`
  const at = positionIn(document, pointer)
  const data = { ...owner, budget_profile_id: id }
  emitEnforced(context, group.enforce, x07Finding(group.code, 'lint', message, { file: document.file, at, data }))
}
