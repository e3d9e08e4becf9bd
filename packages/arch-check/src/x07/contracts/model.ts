import type { Document } from '../document/document.ts'
import type { Enforce, World } from '../manifest/types.ts'

/** What is known of the contracts after they were read; the rules of our own and the graph scans work on it. */
export interface ContractModel {
  rr?: RrModel
  budgets?: BudgetsModel
  msg?: { document: Document; index: MsgIndex }
  kafka?: { document: Document; index: KafkaIndex; profiles: (Document | undefined)[] }
  amqp?: AmqpModel
  obs?: ObsModel
}

export interface RrModel {
  document: Document
  index: RrIndex
  /** By id; of several entries with one id, the last. */
  byId: ReadonlyMap<string, RrPolicyRef>
  /** In the order of the index. */
  files: { policy?: Document; sanitizer?: Document }[]
}

export interface RrIndex {
  policies: RrPolicyRef[]
  defaults: { record_modes_allowed: string[] }
}

export interface RrPolicyRef {
  id: string
  policy_path: string
  sanitize_id: string
  sanitize_path: string
  worlds_allowed: World[]
  kinds_allowed: string[]
  ops_allowed: string[]
  cassette_brand: string
}

export interface BudgetsModel {
  document: Document
  index: { profiles: BudgetProfileRef[] }
  ids: ReadonlySet<string>
  /** In the order of the index. */
  profiles: (Document | undefined)[]
}

export interface BudgetProfileRef {
  id: string
  profile_path: string
  enforce: Enforce
  selectors: { module_prefix: string; fn: string }[]
  worlds_allowed: World[]
}

export interface MsgIndex {
  topics: { id: string; key_brand: string; value_brand: string; max_value_bytes: number }[]
  rr_policy_id: string
}

export interface KafkaIndex {
  profiles: { id: string; profile_path: string; budget_profile_id: string; rr_policy_id: string }[]
}

export interface AmqpRef {
  id: string
  path: string
  budget_profile_id: string
  rr_policy_id: string
}

export interface AmqpModel {
  document: Document
  index: { profiles: AmqpRef[]; topologies: AmqpRef[] }
  /** In the order of the index. */
  profiles: (Document | undefined)[]
  topologies: (Document | undefined)[]
}

export interface ObsModel {
  document: Document
  index: {
    metrics_registry_path: string
    exporters: { id: string; profile_path: string; budget_profile_id: string }[]
    defaults: { default_exporter_id?: string }
  }
  registry: Document | undefined
  /** In the order of the index. */
  exporters: (Document | undefined)[]
}
