/** The Kafka conversation at the socket: what is recorded of it, and the broker's side of it played. */
import type { PlayContext, Protocol, SocketSink } from '@x07-lab/msg-core/driver'
import { looksLikeRequest } from '../protocol/index.ts'
import { KafkaLoopback } from './loopback.ts'
import { opPrefix } from './ops.ts'
import { KafkaPlayer } from './player.ts'
import { KafkaRecorder } from './recorder.ts'

export const kafkaProtocol: Protocol = {
  name: 'kafka',
  ops: opPrefix,
  recognise: looksLikeRequest,
  recorder: (sink: SocketSink) => new KafkaRecorder(sink),
  player: (context: PlayContext) => new KafkaPlayer(context),
  loopback: (addressOf) => new KafkaLoopback(addressOf),
}

export { kafkaEntryReader, readKafka, type KafkaReading, type RecordReading } from './readings.ts'
