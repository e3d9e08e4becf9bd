import { amqpProtocol } from '@x07-lab/msg-amqp/socket'
import type { Protocol } from '@x07-lab/msg-core/driver'
import { kafkaProtocol } from '@x07-lab/msg-kafka/socket'

/** The protocols that are recognised, recorded and played. */
export const protocols: readonly Protocol[] = [amqpProtocol, kafkaProtocol]
