import type { Protocol } from '@x07-lab/msg-core/driver'
import { opsPrefix } from './ops.ts'
import { amqpPlayer } from './player.ts'
import { amqpRecorder } from './recorder.ts'

const magic = [0x41, 0x4d, 0x51, 0x50]

/** AMQP 0-9-1, known by the eight bytes with which a client begins. */
export const amqpProtocol: Protocol = {
  name: 'amqp',
  ops: opsPrefix,
  recognise(first) {
    if (magic.some((byte, at) => first[at] !== undefined && first[at] !== byte)) return 'no'
    return first.length < magic.length ? 'more' : 'yes'
  },
  recorder: amqpRecorder,
  player: amqpPlayer,
}
