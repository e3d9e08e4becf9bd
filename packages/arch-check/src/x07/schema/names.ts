/**
 * Every contract schema, X07's and our own (`vcr.…`): its file under `schemas/` without `.schema.json`, and the `schema_version` it
 * describes.
 */
export const SCHEMA_VERSIONS = {
  manifest: 'x07.arch.manifest@0.3.0',
  'manifest-lock': 'x07.arch.manifest.lock@0.1.0',
  'contracts-lock': 'x07.arch.contracts.lock@0.1.0',
  'rr-index': 'x07.arch.rr.index@0.1.0',
  'rr-policy': 'x07.arch.rr.policy@0.1.0',
  'rr-sanitize': 'x07.arch.rr.sanitize@0.1.0',
  'budgets-index': 'x07.arch.budgets.index@0.1.0',
  'budget-profile': 'x07.budget.profile@0.1.0',
  'msg-index': 'x07.arch.msg.index@0.1.0',
  'msg-kafka-index': 'x07.arch.msg.kafka.index@0.1.0',
  'msg-kafka-profile': 'x07.arch.msg.kafka.profile@0.1.0',
  'msg-amqp-index': 'x07.arch.msg.amqp.index@0.1.0',
  'msg-amqp-profile': 'x07.arch.msg.amqp.profile@0.1.0',
  'msg-amqp-topology': 'x07.arch.msg.amqp.topology@0.1.0',
  'obs-index': 'x07.arch.obs.index@0.1.0',
  'obs-metrics-registry': 'x07.obs.metrics.registry@0.1.0',
  'obs-exporter': 'x07.obs.exporter.profile@0.1.0',
  'run-os-policy': 'x07.run-os-policy@0.1.0',
  'project-lock': 'vcr.project.lock@0.1.0',
  'vcr-amqp-topology': 'vcr.amqp.topology@0.1.0',
  'vcr-kafka-client': 'vcr.kafka.client@0.1.0',
  'vcr-match': 'vcr.match@0.1.0',
  'vcr-expiry': 'vcr.expiry@0.1.0',
  'vcr-redact': 'vcr.redact@0.1.0',
  'vcr-fault': 'vcr.fault@0.1.0',
} as const

/** The name of a contract schema. */
export type SchemaName = keyof typeof SCHEMA_VERSIONS
