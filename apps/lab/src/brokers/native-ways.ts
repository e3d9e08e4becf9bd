import { kafkaJar } from './kafka/private-node.ts'
import type { NativeWay } from './launcher.ts'
import { rabbitmqServer } from './rabbitmq/private-node.ts'
import type { BrokerKind } from './types.ts'

/** How each broker is run as a process of this machine. */
export const NATIVE_WAYS: Readonly<Record<BrokerKind, NativeWay>> = { amqp: rabbitmqServer, kafka: kafkaJar }
