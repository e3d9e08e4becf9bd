export { readAmqpProfile, type AmqpProfile } from './driver/config/profile.ts'
export {
  readAmqpTopology,
  type AmqpBinding,
  type AmqpConsumer,
  type AmqpExchange,
  type AmqpQueue,
  type AmqpTopology,
} from './driver/config/topology.ts'
export type { SecretLookup } from './driver/config/credentials.ts'
export type { AmqpDriver } from './driver/driver.ts'
export { openAmqp } from './driver/open.ts'
export type { AmqpOptions, AmqpTls, RetryOptions } from './driver/options.ts'
export type { Timers } from '@x07-lab/msg-core/kit'
