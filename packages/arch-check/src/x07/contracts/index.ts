import type { Document } from '../document/document.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { checkBudgets } from './budgets.ts'
import type { ContractContext } from './context.ts'
import type { BudgetsModel, ContractModel, RrModel } from './model.ts'
import { checkMsgAmqp } from './msg-amqp.ts'
import { checkMsgKafka } from './msg-kafka.ts'
import { checkMsg } from './msg.ts'
import { checkObs } from './obs.ts'
import { lockOtherGroup, type OtherGroup } from './other-groups.ts'
import type { KnownIds } from './references.ts'
import { checkRr } from './rr.ts'

/** What looks at code once a group's contracts are known; each is the last check of its group. */
export interface CodeScans {
  rr(model: RrModel): void
  budgets(model: BudgetsModel): void
}

/**
 * Reads and checks every contract group, in an order of its own whatever the manifest's: which finding is dropped
 * when `max_diags` is reached, and which read goes over a budget, depends on it.
 */
export function checkContracts(
  context: ContractContext,
  contracts: ContractsV1,
  manifest: Document,
  scans: CodeScans,
): ContractModel {
  const model: ContractModel = {}
  const other = (...groups: OtherGroup[]): void => {
    for (const group of groups) lockOtherGroup(context, group, contracts, manifest)
  }
  const known = (): KnownIds => ({ rr: model.rr?.byId ?? new Map(), budgets: model.budgets?.ids ?? new Set() })
  const keep = <Name extends keyof ContractModel>(name: Name, part: ContractModel[Name] | undefined): void => {
    if (part !== undefined) model[name] = part
  }
  other('boundaries')
  if (contracts.rr !== undefined) keep('rr', checkRr(context, contracts.rr, manifest))
  if (model.rr !== undefined) scans.rr(model.rr)
  other('sm')
  if (contracts.budgets !== undefined) keep('budgets', checkBudgets(context, contracts.budgets, manifest))
  if (model.budgets !== undefined) scans.budgets(model.budgets)
  other('web', 'crawl')
  if (contracts.msg !== undefined) keep('msg', checkMsg(context, contracts.msg, known(), manifest))
  if (contracts.msg_kafka !== undefined) keep('kafka', checkMsgKafka(context, contracts.msg_kafka, known(), manifest))
  if (contracts.msg_amqp !== undefined) keep('amqp', checkMsgAmqp(context, contracts.msg_amqp, known(), manifest))
  other('cli', 'archive', 'db')
  if (contracts.obs !== undefined) keep('obs', checkObs(context, contracts.obs, known(), manifest))
  other('net', 'crypto', 'stream_plugins', 'tasks')
  return model
}
