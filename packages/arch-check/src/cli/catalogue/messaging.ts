import type { CatalogueEntry } from './entry.ts'

/** Topics, Kafka, AMQP and observability. */
export const MESSAGING_CODES: readonly CatalogueEntry[] = [
  [
    'E_ARCH_MSG_INDEX_MISSING',
    'The topic catalogue is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_KAFKA_INDEX_MISSING',
    'The Kafka index is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_KAFKA_PROFILE_INVALID',
    'A Kafka profile is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_KAFKA_BUDGET_MISSING',
    'A Kafka profile names a budget profile the budgets index lacks.',
    'Add the profile, or correct the id.',
  ],
  [
    'E_ARCH_MSG_AMQP_INDEX_MISSING',
    'The AMQP index is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_AMQP_PROFILE_INVALID',
    'An AMQP profile is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_AMQP_TOPOLOGY_INVALID',
    'An AMQP topology is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_MSG_AMQP_BUDGET_MISSING',
    'An AMQP profile or topology names a budget profile the budgets index lacks.',
    'Add the profile, or correct the id.',
  ],
  [
    'E_ARCH_OBS_INDEX_MISSING',
    'The observability index is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_OBS_REGISTRY_MISSING',
    'The metrics registry is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_OBS_EXPORTER_PROFILE_INVALID',
    'An exporter profile is missing, not JSON, of another version, or breaks its schema.',
    'The message says which; create or fix the file.',
  ],
  [
    'E_ARCH_OBS_BUDGET_PROFILE_MISSING',
    'An exporter names a budget profile the budgets index lacks.',
    'Add the profile, or correct the id.',
  ],
  ['E_ARCH_MSG_TOPIC_DUPLICATE', 'Two topics have one id.', 'Keep one.'],
  ['E_ARCH_MSG_KAFKA_PROFILE_DUPLICATE', 'Two Kafka profiles have one id.', 'Keep one.'],
  ['E_ARCH_MSG_AMQP_PROFILE_DUPLICATE', 'Two AMQP profiles have one id.', 'Keep one.'],
  ['E_ARCH_MSG_AMQP_TOPOLOGY_DUPLICATE', 'Two AMQP topologies have one id.', 'Keep one.'],
  ['E_ARCH_MSG_AMQP_EXCHANGE_DUPLICATE', 'A topology declares an exchange twice.', 'Keep one.'],
  ['E_ARCH_MSG_AMQP_QUEUE_DUPLICATE', 'A topology declares a queue twice.', 'Keep one.'],
  ['E_ARCH_MSG_AMQP_BINDING_DUPLICATE', 'A topology has a binding twice.', 'Keep one.'],
  ['E_ARCH_OBS_EXPORTER_DUPLICATE', 'Two exporters have one id.', 'Keep one.'],
  ['E_ARCH_OBS_METRIC_DUPLICATE', 'Two metrics have one id.', 'Keep one.'],
  [
    'E_ARCH_MSG_KAFKA_PROFILE_ID_MISMATCH',
    'A Kafka profile calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_MSG_AMQP_PROFILE_ID_MISMATCH',
    'An AMQP profile calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_MSG_AMQP_TOPOLOGY_ID_MISMATCH',
    'An AMQP topology calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_OBS_EXPORTER_ID_MISMATCH',
    'An exporter profile calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_OBS_DEFAULT_EXPORTER_NOT_FOUND',
    'default_exporter_id names an exporter the index lacks.',
    'Add the exporter, or correct the id.',
  ],
  [
    'E_ARCH_MSG_AMQP_BINDING_EXCHANGE_UNDECLARED',
    'A binding names an exchange the topology does not declare. The default exchange cannot be bound to.',
    'Declare the exchange, or correct the name.',
  ],
  [
    'E_ARCH_MSG_AMQP_BINDING_QUEUE_UNDECLARED',
    'A binding names a queue the topology does not declare.',
    'Declare the queue, or correct the name.',
  ],
  [
    'E_ARCH_MSG_AMQP_NAME_RESERVED',
    'An exchange or queue has a name that starts with amq., which brokers refuse.',
    'Choose another name.',
  ],
  [
    'E_ARCH_MSG_KAFKA_BOOTSTRAP_INVALID',
    'A bootstrap address is not host:port.',
    'Write it as host:port, or [address]:port for IPv6.',
  ],
  ['E_ARCH_MSG_KAFKA_TLS_REQUIRED', 'A Kafka profile leaves the machine without TLS.', 'Set security.tls to true.'],
  [
    'E_ARCH_MSG_KAFKA_SECRET_MISSING',
    'A Kafka profile authenticates and names no secrets.',
    'Give username_secret_id and password_secret_id.',
  ],
  [
    'W_ARCH_MSG_KAFKA_SECRET_UNUSED',
    'A Kafka profile names secrets and does not authenticate.',
    'Set sasl_mode, or remove the ids.',
  ],
  [
    'E_ARCH_MSG_AMQP_SECRET_INCOMPLETE',
    'An AMQP profile names a user name without a password, or the other way round.',
    'Give both ids, or neither.',
  ],
  [
    'W_ARCH_MSG_AMQP_PLAINTEXT',
    'An AMQP profile leaves the machine on a port that is not that of TLS.',
    'Use port 5671.',
  ],
  [
    'E_ARCH_SECRET_INLINE',
    'A contract holds a credential. Contracts are committed, so it is public to everyone who can read the repository.',
    'Change the credential, and name a secret by its id.',
  ],
  [
    'E_ARCH_OBS_METRIC_NAME_INVALID',
    'OpenMetrics refuses the name of a metric, or would read it as a sample of another type.',
    'Rename the metric.',
  ],
  ['E_ARCH_OBS_COUNTER_NAME_NOT_TOTAL', 'The name of a counter does not end in _total.', 'Rename the counter.'],
  [
    'E_ARCH_OBS_METRIC_UNIT_SUFFIX',
    'A metric has a unit its name does not end in.',
    'Rename the metric, or correct the unit.',
  ],
  ['E_ARCH_OBS_LABEL_DUPLICATE', 'A metric has a label twice.', 'Remove one.'],
  [
    'E_ARCH_OBS_LABEL_RESERVED',
    'A metric has a label OpenMetrics keeps for itself: le, quantile, or one that starts with two underscores.',
    'Rename the label.',
  ],
  ['E_ARCH_OBS_BUCKETS_MISSING', 'A histogram has no buckets.', 'Give histogram_buckets.'],
  ['E_ARCH_OBS_BUCKETS_UNEXPECTED', 'A metric that is no histogram has buckets.', 'Remove them, or correct the type.'],
  [
    'E_ARCH_OBS_BUCKETS_NOT_INCREASING',
    'The buckets of a histogram do not increase strictly.',
    'Sort them and remove repetitions.',
  ],
  [
    'E_ARCH_SIZE_CHAIN',
    'A limit lets through what a later one refuses: topic, broker profile, record/replay policy, cassette.',
    'Lower the first limit, or raise the later one.',
  ],
  [
    'E_ARCH_MSG_OP_NOT_ALLOWED',
    'A messaging profile names a record/replay policy that does not allow what its driver records.',
    'Add the operations to ops_allowed.',
  ],
  [
    'E_ARCH_MSG_WORLD_NOT_ALLOWED',
    'A messaging profile names a record/replay policy that allows no world to record or to replay in.',
    'Add the worlds to worlds_allowed.',
  ],
]
