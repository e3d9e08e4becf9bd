export type { KafkaDriver } from './driver/driver.ts'
export { readKafkaClient, type KafkaClientOptions } from './driver/client-contract.ts'
export { openKafka } from './driver/open.ts'
export {
  kafkaDefaults,
  type KafkaBatching,
  type KafkaLog,
  type KafkaOptions,
  type KafkaRetry,
  type KafkaTopicSettings,
} from './driver/options.ts'
export { murmur2, partitionerName } from './driver/producer/partitioner.ts'
export { readKafkaProfile, type KafkaLimits, type KafkaProfile, type KafkaSecurity } from './driver/profile.ts'
export type { Codec, CompressionName } from './protocol/compression/index.ts'
