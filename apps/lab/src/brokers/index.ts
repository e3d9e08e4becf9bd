export { type Clock, systemClock } from './clock.ts'
export { down } from './down.ts'
export { formatDown, formatStatus, formatUp } from './format.ts'
export { LaunchError } from './launcher.ts'
export { status } from './status.ts'
export { systemDeps } from './system-deps.ts'
export { startTestNode, type TestNode, type TestNodeResult } from './test-node.ts'
export {
  type Attempt,
  BROKER_HOST,
  BROKER_NAMES,
  type BrokerDeps,
  type BrokerKind,
  type BrokerSettings,
  type BrokerWay,
  DEFAULT_PORTS,
  type DownResult,
  type RunningBroker,
  type StartableWay,
  type StatusResult,
  type UpResult,
} from './types.ts'
export { up } from './up.ts'
